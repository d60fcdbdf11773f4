--- Which increment a command is about.

local paths = require('specweave_lsp.paths')
local specweave = require('specweave_lsp')

local M = {}

--- The folder of the increment that the current buffer lies in.
--- @return string?
function M.folder_here()
  return paths.increment_folder(vim.api.nvim_buf_get_name(0))
end

--- The increment of the current buffer, as the server takes it: ids may be ambiguous, files are not.
--- @return string?
function M.here()
  local folder = M.folder_here()
  return folder and vim.uri_from_fname(folder .. '/spec.md')
end

--- @param increment specweave_lsp.Increment
function M.uri_of(increment)
  return increment.folder:gsub('/$', '') .. '/spec.md'
end

--- @param increment specweave_lsp.Increment
--- @param wanted string an id, a number or a file
function M.is(increment, wanted)
  if M.uri_of(increment) == wanted or increment.id == wanted then
    return true
  end
  local number = wanted:match('^0*(%d+%a?)$')
  return number ~= nil and increment.id:match('^0*(%d+%a?)%-') == number
end

--- Names first, as in the server's own texts: `0047 Dark mode  ⊗ active ≠ completed  5/7 tasks`.
--- @param increment specweave_lsp.Increment
--- @return string
function M.describe(increment)
  local function status(value)
    return type(value) == 'string' and value or 'no status'
  end
  local function count(what, of)
    return type(of) == 'table' and of.total > 0 and ('%d/%d %s'):format(of.done, of.total, what) or nil
  end
  local both = ('⊗ %s ≠ %s'):format(status(increment.status), status(increment.metadataStatus))
  local parts = { increment.name, increment.desync and both or status(increment.status or increment.metadataStatus) }
  table.insert(parts, count('tasks', increment.tasks))
  table.insert(parts, count('ACs', increment.criteria))
  return table.concat(parts, '  ')
end

--- @param prompt string
--- @param keep fun(increment: specweave_lsp.Increment): boolean
--- @param on_choice fun(increment: specweave_lsp.Increment)
function M.choose(prompt, keep, on_choice)
  specweave.increments(function(increments)
    local kept = vim.tbl_filter(keep, increments)
    if #kept == 0 then
      return specweave.say('There is no increment to choose from.')
    end
    -- What needs a hand first, then what is open, each in the server's order.
    local function weight(increment)
      return increment.desync and 0 or increment.open and 1 or 2
    end
    local order = {}
    for number, increment in ipairs(kept) do
      order[increment] = number
    end
    table.sort(kept, function(a, b)
      return weight(a) == weight(b) and order[a] < order[b] or weight(a) < weight(b)
    end)
    local options = { prompt = prompt, kind = 'specweave_increment', format_item = M.describe }
    vim.ui.select(kept, options, function(choice)
      if choice then
        on_choice(choice)
      end
    end)
  end)
end

--- The increment that is named, else the one of this buffer, else the one the user chooses.
--- @param name? string
--- @param prompt string
--- @param keep fun(increment: specweave_lsp.Increment): boolean
--- @param on_increment fun(increment: string)
function M.with(name, prompt, keep, on_increment)
  local increment = name or M.here()
  if increment then
    return on_increment(increment)
  end
  M.choose(prompt, keep, function(choice)
    on_increment(M.uri_of(choice))
  end)
end

return M
