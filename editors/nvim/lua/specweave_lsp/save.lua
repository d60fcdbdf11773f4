--- Saves the buffers that a fix or a close has changed, and nothing else.
---
--- Neovim leaves both buffers modified, one of them hidden: the file on disk would stay wrong unnoticed. A buffer is
--- only written when it holds what was applied and nothing else, and when its file is still what the buffer was read
--- from. Either all are written or none, since one alone would be the very disagreement that was fixed.

local specweave = require('specweave_lsp')

local M = {}

--- What each buffer was read from, or last written as.
--- @type table<integer, string>
local origin = {}

local NEWLINE = { unix = '\n', dos = '\r\n', mac = '\r' }

--- @param path string
--- @return string?
local function read(path)
  local file = io.open(path, 'rb')
  local text = file and file:read('*a')
  if file then
    file:close()
  end
  return text
end

--- The bytes that a buffer is written as.
--- @param buffer integer
--- @return string
local function text_of(buffer)
  local options = vim.bo[buffer]
  local newline = NEWLINE[options.fileformat]
  local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), newline)
  return (options.bomb and '\239\187\191' or '') .. text .. (options.endofline and newline or '')
end

--- Notes what the buffer was read from. A file that is not what the buffer holds, say because it changed in between, is
--- not noted, so the buffer is not written by us.
--- @param buffer integer
function M.remember(buffer)
  local text = read(vim.api.nvim_buf_get_name(buffer))
  origin[buffer] = text == text_of(buffer) and text or nil
end

--- @param buffer integer
function M.is_known(buffer)
  return origin[buffer] ~= nil
end

--- @param buffer integer
function M.forget(buffer)
  origin[buffer] = nil
end

--- @param uri string
--- @return integer?
local function buffer_of(uri)
  local path = vim.uri_to_fname(uri)
  return vim.iter(vim.api.nvim_list_bufs()):find(function(buffer)
    return vim.api.nvim_buf_is_loaded(buffer) and vim.api.nvim_buf_get_name(buffer) == path
  end)
end

--- Asked of the file itself: it may have become read-only since the buffer was read, and `:write!` would not mind.
--- @param path string
local function is_read_only(path)
  local stat = vim.uv.fs_stat(path)
  local nobody_may = stat and bit.band(stat.mode, tonumber('222', 8)) == 0
  return nobody_may or stat and not vim.uv.fs_access(path, 'W')
end

--- Why a buffer is not to be written.
--- @param buffer integer
--- @param file { uri: string, version?: integer, otherChanges: boolean }
--- @return string?
local function objection(buffer, file)
  local version = file.version ~= vim.NIL and file.version or nil
  local path = vim.api.nvim_buf_get_name(buffer)
  if vim.bo[buffer].readonly or is_read_only(path) then
    return 'is read-only'
  elseif not origin[buffer] or read(path) ~= origin[buffer] then
    return 'was changed on disk by another program'
  elseif file.otherChanges then
    return 'holds other changes that are not saved'
  elseif not version or vim.lsp.util.buf_versions[buffer] ~= version then
    return 'was changed again meanwhile'
  end
end

--- Writes a buffer, hidden or not, as it is: nothing formats it on the way, and no newline is added at its end.
--- @param buffer integer
--- @return string? problem
local function write(buffer)
  local events, fix = vim.o.eventignore, vim.bo[buffer].fixendofline
  vim.opt.eventignore:append('BufWritePre')
  vim.bo[buffer].fixendofline = false
  -- With `!`: what it would ask about has just been looked at, and a question would stop a Neovim nobody is looking at.
  local ok, problem = pcall(vim.api.nvim_buf_call, buffer, function()
    vim.cmd('silent keepalt lockmarks write!')
  end)
  vim.bo[buffer].fixendofline = fix
  vim.o.eventignore = events
  return not ok and tostring(problem):gsub('^.-(E%d+:)', '%1') or nil
end

--- @param client? vim.lsp.Client
local function is_wanted(client)
  local section = client and client.settings and client.settings['specweave-lsp'] or {}
  return section.saveAfterFix ~= false
end

--- @param buffer integer
local function name_of(buffer)
  return vim.fs.basename(vim.api.nvim_buf_get_name(buffer))
end

--- The server has seen a change of ours in all its files' texts.
--- @param client? vim.lsp.Client
--- @param applied { title: string, files: table[] }
function M.applied(client, applied)
  if not is_wanted(client) then
    return
  end
  local buffers, objections = {}, {}
  for _, file in ipairs(applied.files) do
    local buffer = buffer_of(file.uri)
    if buffer and vim.bo[buffer].modified then
      table.insert(buffers, buffer)
      local why = objection(buffer, file)
      if why then
        table.insert(objections, ('%s %s'):format(name_of(buffer), why))
      end
    end
  end
  if #objections > 0 then
    local why = table.concat(objections, ', and ')
    local message = '%s: made, but not saved, because %s. Look at it, then save all files of the increment.'
    return specweave.say(message:format(applied.title, why), vim.log.levels.WARN)
  end
  local saved = {}
  for _, buffer in ipairs(buffers) do
    local problem = write(buffer)
    if problem then
      local message = '%s: %s could not be saved: %s'
      return specweave.say(message:format(applied.title, name_of(buffer), problem), vim.log.levels.ERROR)
    end
    table.insert(saved, name_of(buffer))
  end
  if #saved > 0 then
    specweave.say(('%s: saved %s'):format(applied.title, table.concat(saved, ', ')))
  end
end

return M
