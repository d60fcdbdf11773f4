--- Statuses in short. What the status line says is the server's own text.

local M = {}

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

return M
