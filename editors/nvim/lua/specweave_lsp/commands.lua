--- `:SpecweaveClose`, `:SpecweaveStatus`, `:SpecweaveSync` and `:SpecweaveIncrements`.

local paths = require('specweave_lsp.paths')
local specweave = require('specweave_lsp')

local M = {}

local STATUSES = { 'planning', 'active', 'backlog', 'paused', 'ready_for_review', 'completed', 'abandoned' }
local SIDES = { 'metadata', 'spec' }

--- The increment of the current buffer, as the server takes it: ids may be ambiguous, files are not.
--- @return string?
local function here()
  local folder = paths.increment_folder(vim.api.nvim_buf_get_name(0))
  return folder and vim.uri_from_fname(folder .. '/spec.md')
end

--- @param command string
--- @param argument table
local function run(command, argument)
  specweave.request('workspace/executeCommand', { command = command, arguments = { argument } }, function(result)
    local changed = type(result) == 'table' and result.changed
    if changed and #changed == 0 then
      specweave.say('Nothing to change: the statuses already say that.')
    end
  end)
end

--- A command from a code lens or a code action.
--- @param command { command: string, arguments?: table[] }
function M.run_lens(command)
  run(command.command, command.arguments and command.arguments[1] or vim.empty_dict())
end

--- @param increment specweave_lsp.Increment
local function describe(increment)
  local function count(what, of)
    return type(of) == 'table' and of.total > 0 and ('  %d/%d %s'):format(of.done, of.total, what) or ''
  end
  local function text(status)
    return type(status) == 'string' and status or 'no status'
  end
  local status = text(increment.status)
  if increment.desync then
    status = ('⚠ spec.md %s, metadata.json %s'):format(status, text(increment.metadataStatus))
  end
  return ('%s  %s%s%s'):format(
    increment.id,
    status,
    count('tasks', increment.tasks),
    count('criteria', increment.criteria)
  )
end

--- @param prompt string
--- @param keep fun(increment: specweave_lsp.Increment): boolean
--- @param on_choice fun(increment: specweave_lsp.Increment)
local function choose(prompt, keep, on_choice)
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
    vim.ui.select(kept, { prompt = prompt, kind = 'specweave_increment', format_item = describe }, function(choice)
      if choice then
        on_choice(choice)
      end
    end)
  end)
end

--- @param increment specweave_lsp.Increment
local function uri_of(increment)
  return increment.folder:gsub('/$', '') .. '/spec.md'
end

--- The increment that is named, else the one of this buffer, else the one the user chooses.
--- @param name? string
--- @param prompt string
--- @param keep fun(increment: specweave_lsp.Increment): boolean
--- @param on_increment fun(uri: string)
local function with_increment(name, prompt, keep, on_increment)
  local increment = name or here()
  if increment then
    return on_increment(increment)
  end
  choose(prompt, keep, function(choice)
    on_increment(uri_of(choice))
  end)
end

--- Ids begin with their number; statuses and sides do not.
--- @param words string[]
--- @return string? id
--- @return string[] rest
local function split(words)
  if words[1] and words[1]:match('^%d') then
    return words[1], vim.list_slice(words, 2)
  end
  return nil, words
end

local function one_at_most(words, what)
  if #words > 1 then
    specweave.say(('`%s` is too much: %s.'):format(words[2], what), vim.log.levels.ERROR)
    return false
  end
  return true
end

function M.Close(given)
  if not one_at_most(given.fargs, 'name one increment, or none for the one of this buffer') then
    return
  end
  with_increment(given.fargs[1], 'Close increment', function(increment)
    return increment.open or increment.desync
  end, function(increment)
    run('specweave-lsp.close', { increment = increment })
  end)
end

function M.Sync(given)
  local id, rest = split(given.fargs)
  if not one_at_most(rest, 'an increment, then `metadata` or `spec`') then
    return
  end
  if given.bang then
    return run('specweave-lsp.syncAll', rest[1] and { from = rest[1] } or vim.empty_dict())
  end
  with_increment(id, 'Make the statuses agree of', function(increment)
    return increment.desync
  end, function(increment)
    run('specweave-lsp.sync', { increment = increment, from = rest[1] })
  end)
end

--- @param name? string
local function show(name)
  specweave.increments(function(increments)
    local wanted = name or here()
    local lines = {}
    for _, increment in ipairs(increments) do
      local is_it = uri_of(increment) == wanted or increment.id == wanted
      if is_it or wanted and increment.id:match('^0*(%d+%a?)%-') == wanted:match('^0*(%d+%a?)$') then
        table.insert(lines, describe(increment))
        if #increment.next > 0 then
          table.insert(lines, 'next: ' .. table.concat(increment.next, ', '))
        end
      end
    end
    if name and #lines == 0 then
      return specweave.say(('There is no increment `%s`.'):format(name), vim.log.levels.ERROR)
    end
    if #lines == 0 then
      for _, increment in ipairs(increments) do
        if increment.open or increment.desync then
          table.insert(lines, describe(increment))
        end
      end
    end
    specweave.say(#lines > 0 and table.concat(lines, '\n') or 'No increment is open.')
  end)
end

function M.Status(given)
  local id, rest = split(given.fargs)
  local status = rest[1]
  if not status then
    return show(id)
  end
  local reason = #rest > 1 and table.concat(rest, ' ', 2) or nil
  with_increment(id, 'Change the status of', function(increment)
    return vim.list_contains(increment.next, status)
  end, function(increment)
    run('specweave-lsp.setStatus', { increment = increment, status = status, reason = reason })
  end)
end

function M.Increments(given)
  if #given.fargs > 0 then
    return specweave.say(':SpecweaveIncrements takes no arguments.', vim.log.levels.ERROR)
  end
  choose('Increments', function()
    return true
  end, function(increment)
    local folder = vim.uri_to_fname(increment.folder)
    local path = vim.fs.joinpath(folder, 'spec.md')
    if not vim.uv.fs_stat(path) then
      path = vim.fs.joinpath(folder, 'metadata.json')
    end
    local ok, problem = pcall(vim.cmd.edit, vim.fn.fnameescape(path))
    if not ok then
      specweave.say(tostring(problem), vim.log.levels.ERROR)
    end
  end)
end

--- The increments a command can be about.
local FITTING = {
  Close = function(increment)
    return increment.open or increment.desync
  end,
  Status = function()
    return true
  end,
  Sync = function(increment)
    return increment.desync
  end,
}

--- The statuses an increment can get next.
--- @param increments specweave_lsp.Increment[]
--- @param id? string
--- @return string[]
local function next_statuses(increments, id)
  local wanted = id or here()
  local found = vim.iter(increments):find(function(increment)
    return increment.id == wanted or uri_of(increment) == wanted
  end)
  return found and found.next or STATUSES
end

--- What can stand next on the command line.
--- @param command string
--- @param lead string the word being typed
--- @param line string
--- @param position integer
--- @return string[]
function M.complete(command, lead, line, position)
  local fits = FITTING[command]
  if not fits then
    return {}
  end
  local words = vim.split(vim.trim(line:sub(1, position - #lead)), '%s+')
  local id, rest = split(vim.list_slice(words, 2))
  if #rest > 0 then
    return {}
  end
  local increments = specweave.increments_now()
  local offers = {}
  if not id and not words[1]:match('!$') then
    offers = vim.tbl_map(function(increment)
      return increment.id
    end, vim.tbl_filter(fits, increments))
  end
  if command == 'Sync' then
    vim.list_extend(offers, SIDES)
  elseif command == 'Status' then
    vim.list_extend(offers, next_statuses(increments, id))
  end
  return vim.tbl_filter(function(offer)
    return vim.startswith(offer, lead)
  end, offers)
end

return M
