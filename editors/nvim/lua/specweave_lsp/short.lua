--- The state of all projects in at most 40 characters.

local M = {}

--- Status lines cut what is longer, and then at the place that matters.
M.WIDTH = 40

--- @param text string
--- @return string
local function cut(text)
  local characters = vim.fn.strchars(text)
  return characters > M.WIDTH and vim.fn.strcharpart(text, 0, M.WIDTH - 1) .. '…' or text
end

--- Increments are known by their numbers; a folder without one by its name.
--- @param id string
--- @return string
function M.number(id)
  return id:match('^%d+%a?%f[%-]') or id
end

--- @param status any
--- @return string
function M.status(status)
  return type(status) == 'string' and status or 'no status'
end

--- @param increment { status?: string, metadataStatus?: string }
--- @return string
function M.desync(increment)
  return ('%s ≠ %s'):format(M.status(increment.status), M.status(increment.metadataStatus))
end

--- @param increment table
--- @return string
local function progress(increment)
  for _, count in ipairs({ increment.tasks, increment.criteria }) do
    if type(count) == 'table' and count.total > 0 then
      return ('%d/%d'):format(count.done, count.total)
    end
  end
  return M.status(increment.status)
end

--- What is wrong comes first, and alone: `⊗ 0047 active ≠ completed`, `⊗ 3 desyncs`. Else `0086 5/7 +2`: how far the
--- oldest active increment is, and how many more there are.
--- @param status table
--- @return string
function M.text(status)
  local desynced, open, errors = {}, {}, 0
  for _, project in ipairs(status.projects or {}) do
    vim.list_extend(desynced, project.desynced or {})
    vim.list_extend(open, project.open or {})
    errors = errors + (project.counts and project.counts.errors or 0)
  end
  local active = vim.tbl_filter(function(increment)
    return increment.status == 'active'
  end, open)
  if #desynced == 1 then
    return cut(('⊗ %s %s'):format(M.number(desynced[1].id), M.desync(desynced[1])))
  elseif #desynced > 1 then
    return ('⊗ %d desyncs'):format(#desynced)
  elseif errors > 0 then
    return ('⊗ %d %s'):format(errors, errors == 1 and 'error' or 'errors')
  end
  local shown = #active > 0 and active or open
  if #shown == 0 then
    return #(status.projects or {}) > 0 and 'no open increments' or ''
  end
  local more = #shown > 1 and (' +%d'):format(#shown - 1) or ''
  return cut(('%s %s%s'):format(M.number(shown[1].id), progress(shown[1]), more))
end

return M
