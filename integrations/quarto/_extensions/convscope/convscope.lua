-- The shortcode {{< convscope model=… image=… >}}: the element <conv-scope> where scripts run, elsewhere a picture or a link.

local stringify = pandoc.utils.stringify

-- Where convscope.js lies, if nothing says otherwise: a folder beside the document.
local DEFAULT_SITE = 'convscope'

-- What the element and its page take alike.
local LOOK = {
  'model', 'manifest', 'image', 'crop', 'layer', 'channel', 'cell', 'view', 'range', 'colormap',
}
-- What the element takes besides.
local PRESENTATION = { 'layout', 'channels', 'controls', 'loading', 'poster' }
-- What is the shortcode's own.
local OWN = { 'site', 'height', 'alt' }

local isLoaded = false

local function known()
  local names = pandoc.List()
  for _, list in ipairs({ LOOK, PRESENTATION, OWN }) do names:extend(list) end
  return names
end

local function fail(message)
  error('convscope: ' .. message, 0)
end

-- Text of a value, which is a string or inlines; nil if there is none.
local function textOf(value)
  local text = value and stringify(value) or ''
  if text ~= '' then return text end
end

local function readOptions(args, kwargs)
  if #args > 0 then
    fail(('%q has no name: write name=value'):format(stringify(args[1])))
  end
  local names = known()
  local options = {}
  for name, value in pairs(kwargs) do
    if not names:includes(name) then
      fail(('there is no option %q: the options are %s'):format(name, table.concat(names, ', ')))
    end
    options[name] = textOf(value)
  end
  if not options.model then fail('the model is missing: model="net.onnx"') end
  return options
end

-- A number of pixels or a length of CSS's.
local function lengthOf(height)
  local number, unit = height:match('^(%d+%.?%d*)(%a*)$')
  if not number then fail(('a height is a number of pixels or a length, such as 30rem, not %q'):format(height)) end
  return unit == '' and number .. 'px' or height
end

local function escape(text)
  return (text:gsub('[&<>"\']', { ['&'] = '&amp;', ['<'] = '&lt;', ['>'] = '&gt;', ['"'] = '&quot;', ["'"] = '&#39;' }))
end

local function encode(text)
  return (text:gsub('[^%w%-._~/]', function(byte) return ('%%%02X'):format(byte:byte()) end))
end

local function load(site)
  if isLoaded then return end
  isLoaded = true
  local script = '<script type="module" src="%s/convscope.js"></script>'
  quarto.doc.include_text('in-header', script:format(escape(site)))
end

local function element(options)
  local attributes = pandoc.List()
  for _, list in ipairs({ LOOK, PRESENTATION }) do
    for _, name in ipairs(list) do
      if options[name] then attributes:insert(('%s="%s"'):format(name, escape(options[name]))) end
    end
  end
  local style = 'display: block'
  if options.height then
    style = ('%s; height: %s; overflow: auto'):format(style, lengthOf(options.height))
  end
  return ('<conv-scope style="%s" %s></conv-scope>'):format(style, table.concat(attributes, ' '))
end

-- What stands where no script runs: the poster, with a link to the page where there is one.
local function replacement(options, site)
  local name = options.layer and ('%s of %s'):format(options.layer, options.model) or options.model
  local shown = pandoc.List({ pandoc.Str(options.alt or name) })
  if options.poster then shown = pandoc.List({ pandoc.Image(shown, options.poster) }) end
  -- A document that leaves the site finds nothing by a relative address.
  if not site:match('^https?://') then return shown end
  local query = pandoc.List()
  for _, key in ipairs(LOOK) do
    if options[key] then query:insert(key .. '=' .. encode(options[key])) end
  end
  return pandoc.List({ pandoc.Link(shown, site .. '/index.html?' .. table.concat(query, '&')) })
end

return {
  ['convscope'] = function(args, kwargs, meta, _, context)
    local options = readOptions(args, kwargs)
    local site = options.site or textOf(meta['convscope.site']) or DEFAULT_SITE
    site = site:gsub('/+$', '')
    local isInline = context == 'inline'
    if not quarto.doc.is_format('html:js') then
      local inlines = replacement(options, site)
      return isInline and inlines or pandoc.Para(inlines)
    end
    load(site)
    local html = element(options)
    return isInline and pandoc.RawInline('html', html) or pandoc.RawBlock('html', html)
  end,
}
