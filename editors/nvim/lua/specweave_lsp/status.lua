--- The open increments in the status line.

local highlights = require('specweave_lsp.highlights')
local specweave = require('specweave_lsp')

local M = {}

highlights.define()

--- What each client was last told; `:help specweave-lsp-status` has its fields.
--- @type table<integer, table>
local told = {}

--- @param client_id integer
--- @param status table
function M.received(client_id, status)
  told[client_id] = status
  -- A configuration may have changed the status line's colours since.
  highlights.define()
  require('specweave_lsp.lens').refresh(client_id)
  vim.api.nvim_exec_autocmds('User', { pattern = 'SpecweaveStatus', modeline = false })
  if package.loaded.lualine then
    require('lualine').refresh()
  end
  vim.cmd('redrawstatus! | redrawtabline')
end

--- The object that the server sent last; nil where none runs.
--- @return table?
function M.object()
  local client = specweave.client()
  return client and told[client.id]
end

--- As plain text of at most 40 characters: `⊗ 0047 active ≠ completed`, or `0086 5/7 +2`.
--- @return string
function M.text()
  local status = M.object()
  return status and status.text or ''
end

--- The highlight group that fits how things are; nil when nothing is wrong.
--- @return string?
function M.group()
  local status = M.object()
  return status and status.severity == 'error' and 'SpecweaveStatusError' or nil
end

--- While a status line is drawn, its window counts as the current one.
local function is_other_window()
  local current = tonumber(vim.g.actual_curwin)
  return current ~= nil and current ~= vim.api.nvim_get_current_win()
end

--- As an item for 'statusline', in colour when something is wrong: `%{%v:lua.require'specweave_lsp.status'.get()%}`
--- @return string
function M.get()
  local text = M.text():gsub('%%', '%%%%')
  local group = M.group()
  if not group or text == '' then
    return text
  end
  return ('%%#%s#%s%%*'):format(group .. (is_other_window() and 'NC' or ''), text)
end

return M
