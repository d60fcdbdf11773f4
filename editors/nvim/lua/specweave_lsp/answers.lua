--- Answers of the server as Neovim shows them best. Neovim has no place to change an answer before it is shown, but for
--- the client's `request`.

local M = {}

--- Neovim sorts the lenses of a line by their column alone, and its sorting mixes up equal ones.
--- @param lenses lsp.CodeLens[]
--- @return lsp.CodeLens[]
local function lenses_in_order(lenses)
  local taken = {}
  for _, lens in ipairs(lenses) do
    local start, finish = lens.range.start, lens.range['end']
    local last = taken[start.line]
    if last and start.character <= last then
      start.character = last + 1
      finish.character = math.max(finish.character, start.character)
    end
    taken[start.line] = start.character
  end
  return lenses
end

--- Neovim hides a link's target, but makes the window as wide as if it were shown.
--- @param text string
--- @return string
function M.without_file_links(text)
  return (
    text:gsub('(%b[])(%b())', function(label, target)
      return target:match('^%(file:') and label:sub(2, -2) or nil
    end)
  )
end

--- Neovim shows the backslash of an escape. Those stay without which there would be other markup.
--- @param text string
--- @return string
function M.without_escapes(text)
  return (text:gsub('\\([^%w%s*_<>%[%]#\\])', '%1'):gsub('(%w)\\_(%f[%w])', '%1_%2'))
end

--- @param hover lsp.Hover
--- @return lsp.Hover
local function plain_hover(hover)
  local contents = hover.contents
  if type(contents) == 'table' and contents.kind == 'markdown' then
    contents.value = M.without_escapes(M.without_file_links(contents.value))
  end
  return hover
end

local CHANGES = {
  ['textDocument/codeLens'] = lenses_in_order,
  ['textDocument/hover'] = plain_hover,
}

--- @type table<integer, boolean>
local done = {}

--- @param client vim.lsp.Client
function M.attach(client)
  if done[client.id] then
    return
  end
  done[client.id] = true
  local request = client.request
  client.request = function(self, method, params, handler, buffer)
    local change = CHANGES[method]
    if not change or not handler then
      return request(self, method, params, handler, buffer)
    end
    return request(self, method, params, function(failure, result, context)
      return handler(failure, type(result) == 'table' and change(result) or result, context)
    end, buffer)
  end
end

return M
