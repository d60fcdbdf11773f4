--- Which files are an increment's, and where its project is.

local M = {}

local FILES = { ['spec.md'] = true, ['metadata.json'] = true, ['tasks.md'] = true }

--- The project's root and the increment's folder, for a path anywhere in an increment.
--- @param path string
--- @return string? root
--- @return string? folder
--- @return string? file what follows the folder
local function split(path)
  local root, below = vim.fs.normalize(path):match('^(.*)/%.specweave/increments/(.+)$')
  if not root then
    return
  end
  -- `_archive/0001-x/spec.md`: a bucket of increments, not an increment.
  local id, file = below:match('^([_.][^/]*/[^/]+)/(.+)$')
  if not id then
    id, file = below:match('^([^_./][^/]*)/(.+)$')
  end
  if id then
    return root == '' and '/' or root, root .. '/.specweave/increments/' .. id, file
  end
end

--- The root of the project, for one of the files the server looks at.
--- @param path string
--- @return string?
function M.project_of_file(path)
  local own = vim.fs.normalize(path):match('^(.*)/%.specweave/lsp%.json$')
  if own then
    return own == '' and '/' or own
  end
  local root, _, file = split(path)
  return FILES[file] and root or nil
end

--- The folder of the increment that the path lies in.
--- @param path string
--- @return string?
function M.increment_folder(path)
  local _, folder = split(path)
  return folder
end

--- The nearest project from a path upwards.
--- @param path string
--- @return string?
function M.project_above(path)
  local found = vim.fs.find('.specweave', { path = path, upward = true, type = 'directory' })[1]
  return found and vim.fs.dirname(found)
end

--- @param path string
--- @param folder string
function M.is_within(path, folder)
  path, folder = vim.fs.normalize(path), vim.fs.normalize(folder)
  return path == folder or vim.startswith(path, folder:gsub('/$', '') .. '/')
end

return M
