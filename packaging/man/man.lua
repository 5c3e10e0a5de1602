-- Makes a manual page of a document: with the section NAME that man-pages(7) asks for, lists for tables that explain words, and no
-- links that lead nowhere. Metadata `name` and `summary` are those of the section NAME.

local function inlines(cell) return pandoc.utils.blocks_to_inlines(cell) end

-- In a manual page there is nothing to follow a link between documents.
function Link(link)
  if link.target:match("^https?://") then return link end
  return link.content
end

function Header(header)
  if header.level > 1 then return nil end
  return pandoc.walk_block(header, { Str = function(text) return pandoc.Str(pandoc.text.upper(text.text)) end })
end

-- A table whose last column has no heading says what the word in the first column means: troff can't break its lines well.
function Table(block)
  local simple = pandoc.utils.to_simple_table(block)
  local columns = #simple.headers
  if #inlines(simple.headers[columns]) > 0 then return nil end
  local items = {}
  for _, row in ipairs(simple.rows) do
    local meaning = pandoc.List()
    for column = 2, columns do
      local heading, text = inlines(simple.headers[column]), inlines(row[column])
      if #text > 0 then
        if #heading > 0 then
          meaning:extend(heading)
          meaning:extend({ pandoc.Str(":"), pandoc.Space() })
          text:insert(pandoc.Str("."))
        end
        meaning:extend(text)
        meaning:insert(pandoc.Space())
      end
    end
    table.insert(items, { inlines(row[1]), { { pandoc.Plain(meaning) } } })
  end
  local list = pandoc.DefinitionList(items)
  local title = inlines(simple.headers[1])
  if #title == 0 then return list end
  return { pandoc.Para(title), list }
end

function Pandoc(document)
  local meta = document.meta
  local name = pandoc.utils.stringify(meta.name)
  local blocks = pandoc.List({
    pandoc.Header(1, "NAME"),
    pandoc.Para(pandoc.Str(name .. " - " .. pandoc.utils.stringify(meta.summary))),
  })
  if document.blocks[1].t ~= "Header" then blocks:insert(pandoc.Header(1, "DESCRIPTION")) end
  blocks:extend(document.blocks)
  meta.title = pandoc.MetaString(pandoc.text.upper(name))
  return pandoc.Pandoc(blocks, meta)
end
