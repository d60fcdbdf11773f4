--- Whether the program is there, runs, is ours and is new enough.

local M = {}

local health = vim.health

--- The oldest server that sends all that the plugin shows.
M.OLDEST = '0.1.0'

local NAME = 'specweave-lsp'
local INSTALL = 'Install it with `cargo install --path .` in a clone of specweave-lsp.'
local CONFIGURE = "Or say where it is: `vim.lsp.config('specweave_lsp', { cmd = { '/path/to/specweave-lsp' } })`."

--- Where cargo puts programs: often not on the PATH of an editor that a desktop has started.
--- @param name string
--- @return string?
local function beside_the_path(name)
  local path = vim.fs.joinpath(vim.env.CARGO_HOME or vim.fs.joinpath(vim.uv.os_homedir() or '', '.cargo'), 'bin', name)
  return vim.fn.executable(path) == 1 and path or nil
end

--- @param name string
local function missing(name)
  if vim.fs.basename(name) ~= name then
    local stat = vim.uv.fs_stat(name)
    if stat and stat.type == 'directory' then
      return health.error(('`%s` is a folder.'):format(name), { 'Name the program in it.' })
    elseif stat then
      return health.error(('`%s` is not executable.'):format(name), { ('Run `chmod +x %s`.'):format(name) })
    end
    return health.error(('There is no file `%s`.'):format(name), { INSTALL, 'Or correct `cmd`.' })
  end
  local there = beside_the_path(name)
  if there then
    return health.error(('`%s` is not on the PATH, but is installed: %s'):format(name, there), {
      ('Add %s to the PATH that Neovim is started with.'):format(vim.fs.dirname(there)),
      CONFIGURE,
    })
  end
  health.error(('`%s` is not installed, or not on the PATH.'):format(name), { INSTALL, CONFIGURE })
end

--- Whether a client's `cmd` runs our server, under whatever name the client has.
--- @param cmd any
function M.is_ours(cmd)
  return type(cmd) == 'table' and type(cmd[1]) == 'string' and vim.fs.basename(cmd[1]):match('^specweave%-lsp') ~= nil
end

--- @param cmd any
--- @return string? version
function M.check(cmd)
  if type(cmd) ~= 'table' then
    return health.info('`cmd` is a function; whether it finds the program shows when it starts.')
  end
  local path = vim.fn.exepath(cmd[1])
  if path == '' then
    return missing(cmd[1])
  end
  local started, answer = pcall(function()
    return vim.system({ path, '--version' }, { text = true, timeout = 5000 }):wait()
  end)
  if not started or answer.code ~= 0 then
    local why = not started and answer or vim.trim(answer.stderr) ~= '' and vim.trim(answer.stderr) or 'no answer'
    return health.error(('%s does not run: %s'):format(path, why), { 'Build it again on this machine.' })
  end
  local said = vim.trim(answer.stdout)
  local version = said:match('^' .. vim.pesc(NAME) .. ' (%S+)$')
  if not version then
    return health.error(('%s is another program; it says `%s`.'):format(path, vim.split(said, '\n')[1]), { CONFIGURE })
  elseif vim.version.lt(version, M.OLDEST) then
    return health.error(('%s is too old: %s; the plugin needs %s.'):format(path, version, M.OLDEST), {
      'Update the program and the plugin together: ' .. INSTALL,
    })
  end
  health.ok(('%s: %s'):format(path, said))
  return version
end

return M
