"""Runs the file script.py of each folder that is named, in that folder. Usage: python run_scripts.py FOLDER..."""

import os
import runpy
import sys

import matplotlib

# Draws figures without a screen.
matplotlib.use("Agg")
import matplotlib.pyplot as plt

for folder in map(os.path.abspath, sys.argv[1:]):
    os.chdir(folder)
    try:
        runpy.run_path("script.py")
    except Exception as error:
        sys.exit(f"{folder}/script.py: {type(error).__name__}: {error}")
    plt.close("all")
