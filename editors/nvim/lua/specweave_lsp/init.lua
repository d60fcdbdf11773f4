--- The server's clients, and requests to them.

local paths = require('specweave_lsp.paths')

local M = {}

M.NAME = 'specweave_lsp'

--- How long a server may take to start before we say that it does not.
local START = 5000

--- @param message string
--- @param level? integer
function M.say(message, level)
  vim.notify(message, level or vim.log.levels.INFO, { title = 'specweave-lsp' })
end

--- The running client, if there is one.
--- @return vim.lsp.Client?
function M.client()
  return vim.lsp.get_clients({ name = M.NAME })[1]
end

--- Takes a running client for another project too.
--- @param client vim.lsp.Client
--- @param config vim.lsp.ClientConfig
--- @return boolean
function M.reuse(client, config)
  if client.name ~= config.name or client:is_stopped() then
    return false
  end
  local root = config.root_dir
  local known = vim.iter(client.workspace_folders or {}):any(function(folder)
    return paths.is_within(root or '/', vim.uri_to_fname(folder.uri))
  end)
  -- Before that, opening one of its files makes a project known.
  if root and not known and client.initialized then
    local folder = { uri = vim.uri_from_fname(root), name = root }
    client:notify('workspace/didChangeWorkspaceFolders', { event = { added = { folder }, removed = {} } })
    client.workspace_folders = client.workspace_folders or {}
    table.insert(client.workspace_folders, folder)
  end
  return true
end

--- What is missing for a server to start, as a sentence.
--- @return string?
function M.obstacle()
  local config = vim.lsp.config[M.NAME]
  local command = config and config.cmd
  if type(command) == 'table' and vim.fn.executable(command[1]) == 0 then
    return ('`%s` is not installed, or not on the PATH; see `:checkhealth specweave_lsp`.'):format(command[1])
  end
end

--- The project that the current buffer, else the current folder, lies in.
--- @return string?
function M.project_here()
  local name = vim.api.nvim_buf_get_name(0)
  local above = name ~= '' and vim.bo.buftype == '' and paths.project_above(vim.fs.dirname(name))
  return above or paths.project_above(vim.fn.getcwd())
end

function M.no_project()
  return ('There is no folder `.specweave` in or above %s.'):format(vim.fn.getcwd())
end

--- A client for the project here, started if need be: commands work before a file of an increment is open.
--- @return vim.lsp.Client? client
--- @return string? problem
function M.connect()
  local root = M.project_here()
  local client = M.client()
  if not root then
    return client, not client and M.no_project() or nil
  end
  local problem = not client and M.obstacle()
  if problem then
    return nil, problem
  end
  local config = vim.deepcopy(vim.lsp.config[M.NAME])
  config.root_dir = root
  local id = vim.lsp.start(config, { attach = false, reuse_client = config.reuse_client })
  client = id and vim.lsp.get_client_by_id(id)
  local function started()
    return client and (client.initialized or client:is_stopped())
  end
  if not client or not vim.wait(START, started, 10) or client:is_stopped() then
    return nil, ('The server did not start; `:edit %s` says why.'):format(vim.lsp.get_log_path())
  end
  return client
end

--- Sends a request, and shows the server's words if it refuses.
--- @param method string
--- @param params table
--- @param on_result? fun(result: any)
function M.request(method, params, on_result)
  local client, problem = M.connect()
  if not client then
    return M.say(problem or '', vim.log.levels.ERROR)
  end
  client:request(method, params, function(failure, result)
    if failure then
      M.say(failure.message, vim.log.levels.ERROR)
    elseif on_result then
      on_result(result)
    end
  end)
end

--- @class specweave_lsp.Count
--- @field done integer
--- @field total integer

--- @class specweave_lsp.Increment
--- @field id string
--- @field name string
--- @field root string
--- @field folder string
--- @field title? string
--- @field status? string
--- @field metadataStatus? string
--- @field desync boolean
--- @field open boolean
--- @field tasks? specweave_lsp.Count
--- @field criteria? specweave_lsp.Count
--- @field next string[]

--- @param on_result fun(increments: specweave_lsp.Increment[])
function M.increments(on_result)
  local all = {}
  local function ask(from)
    M.request('specweave/increments', { from = from }, function(page)
      vim.list_extend(all, page.increments)
      if type(page.next) == 'number' then
        ask(page.next)
      else
        on_result(all)
      end
    end)
  end
  ask(0)
end

--- The same at once, for completion: nothing rather than an error.
--- @return specweave_lsp.Increment[]
function M.increments_now()
  local client = M.connect()
  local all, from = {}, 0
  while client and type(from) == 'number' do
    local answer = client:request_sync('specweave/increments', { from = from }, 2000, 0)
    local page = answer and answer.result
    vim.list_extend(all, page and page.increments or {})
    from = page and page.next
  end
  return all
end

--- @param client_id integer
function M.increments_changed(client_id)
  require('specweave_lsp.lens').refresh(client_id)
  vim.api.nvim_exec_autocmds('User', { pattern = 'SpecweaveIncrements', modeline = false })
end

return M
