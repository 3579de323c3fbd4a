/** JupyterLab, for tests. */

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Starts JupyterLab for this machine only, with nothing of the person's own, and nothing that it would ask the network for.
 *
 * @param {string} python that of a virtual environment
 * @param {object} places
 * @param {string} places.folder what it serves
 * @param {string} places.home a new folder, for what it writes
 * @param {string} places.packages where further packages are installed
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} its address, ending in a slash
 */
export async function startJupyterLab(python, { folder, home, packages }) {
  const config = path.join(home, 'config');
  mkdirSync(path.join(config, 'labconfig'), { recursive: true });
  // It would ask whether to fetch Jupyter's news.
  const disabledExtensions = { '@jupyterlab/apputils-extension:announcements': true };
  writeFileSync(
    path.join(config, 'labconfig/page_config.json'),
    JSON.stringify({ disabledExtensions }),
  );
  const options = {
    'ServerApp.root_dir': folder,
    'ServerApp.ip': '127.0.0.1',
    'ServerApp.port': '0',
    'ServerApp.open_browser': 'False',
    'ServerApp.allow_root': 'True',
    'IdentityProvider.token': '',
    'LabApp.check_for_updates_class': 'jupyterlab.NeverCheckForUpdate',
    'LabApp.extension_manager': 'readonly',
  };
  const written = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const server = spawn(python, ['-m', 'jupyterlab', ...written], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      HOME: home,
      IPYTHONDIR: path.join(home, 'ipython'),
      JUPYTER_CONFIG_DIR: config,
      JUPYTER_DATA_DIR: path.join(home, 'data'),
      JUPYTER_RUNTIME_DIR: path.join(home, 'runtime'),
      PYTHONPATH: packages,
    },
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const close = async () => {
    server.kill('SIGTERM');
    await ended;
  };
  let log = '';
  server.stderr.setEncoding('utf8');
  const url = await new Promise((resolve, reject) => {
    server.stderr.on('data', (text) => {
      log += text;
      const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(log) ?? [];
      if (found) resolve(found);
    });
    ended.then(() => reject(new Error(`JupyterLab ended:\n${log}`)));
  });
  return { url, close };
}
