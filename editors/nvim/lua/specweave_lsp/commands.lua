--- What `:Specweave` and its older names do. Each gets the words behind it, and whether there was a `!`.

local increments = require('specweave_lsp.increments')
local program = require('specweave_lsp.program')
local specweave = require('specweave_lsp')

local M = {}

--- @class specweave_lsp.Subcommand
--- @field run fun(words: string[], bang: boolean)
--- @field fits? fun(increment: specweave_lsp.Increment): boolean the increments it can be about
--- @field bang? boolean

--- @param command string
--- @param argument table
local function execute(command, argument)
  specweave.request('workspace/executeCommand', { command = command, arguments = { argument } }, function(result)
    local changed = type(result) == 'table' and result.changed
    if not changed then
      return
    elseif #changed == 0 then
      specweave.say('Nothing to change: the statuses already say that.')
    elseif command == 'specweave-lsp.close' then
      specweave.say(('%s closed. `:Specweave undo` takes it back.'):format(changed[1].increment))
    end
  end)
end

--- A command from a code lens or a code action.
--- @param command { command: string, arguments?: table[] }
function M.run_lens(command)
  execute(command.command, command.arguments and command.arguments[1] or vim.empty_dict())
end

--- Ids begin with their number; statuses and sides do not.
--- @param words string[]
--- @return string? id
--- @return string[] rest
function M.split(words)
  if words[1] and words[1]:match('^%d') then
    return words[1], vim.list_slice(words, 2)
  end
  return nil, words
end

local function refuse(message, ...)
  specweave.say(message:format(...), vim.log.levels.ERROR)
end

--- @param words string[]
--- @param most integer
--- @param takes string
--- @return boolean
local function has_too_many(words, most, takes)
  if #words > most then
    refuse('Unexpected argument `%s`: %s.', words[most + 1], takes)
  end
  return #words > most
end

local function any()
  return true
end

local function is_desynced(increment)
  return increment.desync
end

local function can_be_closed(increment)
  return increment.open or increment.desync
end

local function close(words)
  if has_too_many(words, 1, 'close takes one increment') then
    return
  end
  increments.with(words[1], 'Close increment', can_be_closed, function(increment)
    execute('specweave-lsp.close', { increment = increment })
  end)
end

local function sync(words, bang)
  local id, rest = M.split(words)
  if has_too_many(rest, 1, 'sync takes an increment, then `metadata` or `spec`') then
    return
  end
  if bang then
    return execute('specweave-lsp.syncAll', rest[1] and { from = rest[1] } or vim.empty_dict())
  end
  increments.with(id, 'Fix the desync of', is_desynced, function(increment)
    execute('specweave-lsp.sync', { increment = increment, from = rest[1] })
  end)
end

--- @param name? string
local function show(name)
  specweave.increments(function(all)
    local wanted = name or increments.here()
    local lines = {}
    for _, increment in ipairs(all) do
      if wanted and increments.is(increment, wanted) then
        table.insert(lines, increments.describe(increment))
        if #increment.next > 0 then
          table.insert(lines, 'next: ' .. table.concat(increment.next, ', '))
        end
      end
    end
    if name and #lines == 0 then
      return refuse('There is no increment `%s`.', name)
    end
    if #lines == 0 then
      lines = vim.tbl_map(increments.describe, vim.tbl_filter(can_be_closed, all))
    end
    specweave.say(#lines > 0 and table.concat(lines, '\n') or 'No increment is open.')
  end)
end

local function status(words)
  local id, rest = M.split(words)
  local wanted = rest[1]
  if not wanted then
    return show(id)
  end
  local reason = #rest > 1 and table.concat(rest, ' ', 2) or nil
  increments.with(id, 'Change the status of', function(increment)
    return vim.list_contains(increment.next, wanted)
  end, function(increment)
    execute('specweave-lsp.setStatus', { increment = increment, status = wanted, reason = reason })
  end)
end

local function set(words)
  local _, rest = M.split(words)
  if #rest == 0 then
    return refuse('Which status? For example `:Specweave set paused`, or `:Specweave set 47 paused`.')
  end
  status(words)
end

local function open_increment(words)
  if has_too_many(words, 0, 'open takes no arguments') then
    return
  end
  increments.choose('Increments', any, function(increment)
    local folder = vim.uri_to_fname(increment.folder)
    local path = vim.fs.joinpath(folder, 'spec.md')
    if not vim.uv.fs_stat(path) then
      path = vim.fs.joinpath(folder, 'metadata.json')
    end
    local ok, problem = pcall(vim.cmd.edit, vim.fn.fnameescape(path))
    if not ok then
      refuse('%s', problem)
    end
  end)
end

local function history(words, bang)
  if has_too_many(words, bang and 0 or 1, bang and 'history! takes none' or 'history takes one increment') then
    return
  end
  local wanted = not bang and (words[1] or increments.folder_here()) or nil
  if wanted then
    program.show('history/' .. vim.fs.basename(wanted), { 'history', wanted })
  else
    program.show('history', { 'history' })
  end
end

local function log(words)
  if has_too_many(words, 1, 'log takes one increment') then
    return
  end
  program.show('log', words[1] and { 'log', words[1] } or { 'log' })
end

local function undo(words, bang)
  if has_too_many(words, 1, 'undo takes one increment') then
    return
  end
  local argument = vim.empty_dict()
  argument.increment = words[1]
  -- Where somebody wrote since, the statuses alone.
  argument.statuses = bang or nil
  execute('specweave-lsp.undo', argument)
end

local function health(words)
  if not has_too_many(words, 0, 'health takes no arguments') then
    vim.cmd('checkhealth specweave_lsp')
  end
end

--- @type table<string, specweave_lsp.Subcommand>
M.ALL = {
  close = { run = close, fits = can_be_closed },
  health = { run = health },
  history = { run = history, fits = any, bang = true },
  log = { run = log, fits = any },
  open = { run = open_increment },
  set = { run = set, fits = any },
  status = { run = status, fits = any },
  sync = { run = sync, fits = is_desynced, bang = true },
  undo = { run = undo, fits = any, bang = true },
}

--- The commands as they were called before there was `:Specweave`.
M.OLD = {
  SpecweaveClose = 'close',
  SpecweaveIncrements = 'open',
  SpecweaveStatus = 'status',
  SpecweaveSync = 'sync',
}

--- @return string[]
function M.names()
  local names = vim.tbl_keys(M.ALL)
  table.sort(names)
  return names
end

--- @param name string
--- @param words string[]
--- @param bang boolean
function M.run(name, words, bang)
  local subcommand = M.ALL[name]
  if not subcommand then
    return refuse('`%s` is no subcommand of :Specweave; it has %s.', name, table.concat(M.names(), ', '))
  elseif bang and not subcommand.bang then
    return refuse('`%s` takes no `!`.', name)
  end
  subcommand.run(words, bang)
end

return M
