-- Calls a shortcode's handler from pandoc as Quarto's filters do (customnodes/shortcodes.lua and quarto-pre/shortcodes-handlers.lua
-- of its sources), with of its Lua interface what Convscope's shortcode uses.

local formats = {
  ['html:js'] = { html = true, html4 = true, html5 = true, revealjs = true },
}
local includes = pandoc.List()

quarto = {
  doc = {
    is_format = function(name)
      return formats[name] and formats[name][FORMAT] or FORMAT == name
    end,
    include_text = function(location, text)
      assert(location == 'in-header', location)
      includes:insert(pandoc.RawBlock('html', text))
    end,
  },
}

-- As in its option(): a name with dots is a path.
local function option(metadata, name)
  local value = metadata
  for part in name:gmatch('[^.]+') do
    if pandoc.utils.type(value) ~= 'table' and pandoc.utils.type(value) ~= 'Meta' then return nil end
    value = value[part]
  end
  return value
end

local handlers = dofile(os.getenv('SHORTCODES'))

local function call(document, span, context)
  local args = pandoc.List()
  local kwargs = setmetatable({}, { __index = function() return pandoc.Inlines({}) end })
  local isParsed = span.attributes['parsed'] == 'true'
  for _, parameter in ipairs(span.content) do
    local value = parameter.attributes['value']
    -- Before 1.4, values were inlines.
    if isParsed then value = pandoc.Inlines({ pandoc.Str(value) }) end
    if parameter.attributes['key'] then kwargs[parameter.attributes['key']] = value else args:insert(value) end
  end
  local meta = setmetatable({}, { __index = function(_, name) return option(document.meta, name) end })
  return handlers['convscope'](args, kwargs, meta, args, context)
end

local function isShortcode(element)
  return element.t == 'Span' and element.classes:includes('shortcode')
end

function Pandoc(document)
  local function block(paragraph)
    if #paragraph.content == 1 and isShortcode(paragraph.content[1]) then
      return call(document, paragraph.content[1], 'block')
    end
  end
  local blocks = pandoc.Div(document.blocks)
  blocks = pandoc.walk_block(blocks, { Para = block, Plain = block })
  blocks = pandoc.walk_block(blocks, {
    Span = function(span)
      if isShortcode(span) then return call(document, span, 'inline') end
    end,
  })
  document.blocks = blocks.content
  document.meta['header-includes'] = pandoc.MetaBlocks(includes)
  return document
end
