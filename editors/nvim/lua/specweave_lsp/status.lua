--- The open increments in the status line.

local specweave = require('specweave_lsp')

local M = {}

--- What each client was last told; `:help specweave-lsp-status` has its fields.
--- @type table<integer, table>
local told = {}

local GROUPS = { error = 'SpecweaveStatusError', warning = 'SpecweaveStatusWarn' }

--- @param client_id integer
--- @param status table
function M.received(client_id, status)
  told[client_id] = status
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

--- As plain text: `[0047-us-task-linkage] ████████ 52/52 tasks | 9/12 ACs`.
--- @return string
function M.text()
  local status = M.object()
  return status and status.text or ''
end

--- The highlight group that fits how things are; nil when all is well.
--- @return string?
function M.group()
  local status = M.object()
  return status and GROUPS[status.severity]
end

--- As an item for 'statusline', in colour when something is wrong: `%{%v:lua.require'specweave_lsp.status'.get()%}`
--- @return string
function M.get()
  local text = M.text():gsub('%%', '%%%%')
  local group = M.group()
  return group and text ~= '' and ('%%#%s#%s%%*'):format(group, text) or text
end

return M
