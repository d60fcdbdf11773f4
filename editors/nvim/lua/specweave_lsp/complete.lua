--- What can stand next on the command line.

local commands = require('specweave_lsp.commands')
local increments = require('specweave_lsp.increments')
local specweave = require('specweave_lsp')

local M = {}

local STATUSES = { 'planning', 'active', 'backlog', 'paused', 'ready_for_review', 'completed', 'abandoned' }
local SIDES = { 'metadata', 'spec' }

--- The statuses an increment can get next.
--- @param all specweave_lsp.Increment[]
--- @param id? string
--- @return string[]
local function next_statuses(all, id)
  local wanted = id or increments.here()
  local found = wanted and vim.iter(all):find(function(increment)
    return increments.is(increment, wanted)
  end)
  return found and found.next or STATUSES
end

--- @param name string of a subcommand
--- @param bang boolean
--- @param words string[] those before the one that is typed
--- @return string[]
local function offers(name, bang, words)
  local subcommand = commands.ALL[name]
  local id, rest = commands.split(words)
  if not subcommand or not subcommand.fits or #rest > 0 then
    return {}
  end
  local all = specweave.increments_now()
  local found = {}
  if not id and not bang then
    found = vim
      .iter(all)
      :filter(subcommand.fits)
      :map(function(increment)
        return increment.id
      end)
      :totable()
  end
  if name == 'sync' then
    vim.list_extend(found, SIDES)
  elseif name == 'status' or name == 'set' then
    vim.list_extend(found, next_statuses(all, id))
  end
  return found
end

--- @param lead string the word being typed
--- @param line string
--- @param position integer
--- @return string[]
function M.complete(lead, line, position)
  -- What may stand before the command: a range, a modifier.
  local words = vim.split(line:sub(1, position - #lead):match('Specweave.*') or '', '%s+', { trimempty = true })
  local command, bang = (words[1] or ''):match('^(%a+)(!?)$')
  local name = commands.OLD[command]
  local behind = name and 2 or 3
  local found
  if not name and #words < 2 then
    found = commands.names()
  else
    found = offers(name or words[2], bang == '!', vim.list_slice(words, behind))
  end
  return vim.tbl_filter(function(offer)
    return vim.startswith(offer, lead)
  end, found)
end

return M
