-- One scenario with the plugin as it is installed: nvim -u init.lua -l plugin.lua SCENARIO ROOT. What it sees is
-- printed as JSON; an error ends Neovim with a status other than 0.
local scenario, root = arg[1], arg[2]
local folder = root .. '/.specweave/increments/0047-us-task-linkage/'
local spec, metadata = folder .. 'spec.md', folder .. 'metadata.json'
local said = {}
local scenarios = {}

local function must(what, condition, limit)
  if not vim.wait(limit or 15000, condition, 5) then
    error(('waited in vain for %s; said: %s'):format(what, vim.inspect(said)))
  end
end

local function equal(what, expected, seen)
  if not vim.deep_equal(expected, seen) then
    error(('%s: expected %s, saw %s'):format(what, vim.inspect(expected), vim.inspect(seen)))
  end
end

vim.notify = function(message)
  table.insert(said, message)
end

local function forget()
  for number = #said, 1, -1 do
    table.remove(said, number)
  end
end

local function was_said(part)
  return vim.iter(said):any(function(message)
    return message:find(part, 1, true) ~= nil
  end)
end

local function clients()
  return vim.lsp.get_clients({ name = 'specweave_lsp' })
end

local function is_attached(buffer)
  return #vim.lsp.get_clients({ name = 'specweave_lsp', bufnr = buffer }) == 1
end

local function open(path)
  vim.cmd.edit(vim.fn.fnameescape(path))
  local buffer = vim.api.nvim_get_current_buf()
  must('the server to attach to ' .. path, function()
    return is_attached(buffer)
  end)
  return buffer
end

local function write(path, text)
  vim.fn.mkdir(vim.fs.dirname(path), 'p')
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

local function text(path)
  return table.concat(vim.api.nvim_buf_get_lines(vim.fn.bufnr(path), 0, -1, false), '\n')
end

local function statuses(of)
  return of(spec):match('status: "?([%w_]+)'), of(metadata):match('"status": "([%w_]+)')
end

local function findings(path)
  local codes = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(vim.fn.bufadd(path))) do
    table.insert(codes, diagnostic.code)
  end
  return table.concat(codes, ' ')
end

local function must_find(code)
  must('the finding ' .. code, function()
    return findings(spec) == code and findings(metadata) == code
  end)
end

local function type_line(path)
  local line = path == spec and '# typed meanwhile' or '  "typed": "meanwhile",'
  vim.api.nvim_buf_set_lines(vim.fn.bufnr(path), 1, 1, false, { line })
end

local function act(title)
  vim.lsp.buf.code_action({
    apply = true,
    filter = function(action)
      return action.title:find(title, 1, true) == 1
    end,
  })
end

local function fix(title)
  must_find('status-desync')
  vim.api.nvim_win_set_cursor(0, { 4, 9 })
  act(title)
end

local function must_save(expected)
  must('both files to be saved', function()
    local of_spec, of_metadata = statuses(read)
    return of_spec == expected and of_metadata == expected
  end)
  must('no buffer to be modified', function()
    return #vim.fn.getbufinfo({ bufmodified = 1 }) == 0
  end)
end

-- In the buffers, but not on disk; and it is said why.
local function must_keep(expected, why)
  must('the reason: ' .. why, function()
    return was_said(why)
  end)
  equal('the buffers', { expected, expected }, { statuses(text) })
end

-- Runs `before` at the moment the server's edit arrives.
local function on_edit(before)
  local apply = vim.lsp.handlers['workspace/applyEdit']
  local first = true
  vim.lsp.handlers['workspace/applyEdit'] = function(...)
    if first then
      first = false
      before()
    end
    return apply(...)
  end
end

-- Attaching.

function scenarios.attaches_in_a_project_only()
  open(spec)
  open(metadata)
  local outside = vim.fs.dirname(root) .. '/outside'
  local others = {
    root .. '/README.md',
    root .. '/package.json',
    folder .. 'reports/spec.md',
    outside .. '/spec.md',
    outside .. '/0047-us-task-linkage/metadata.json',
  }
  for _, path in ipairs(others) do
    write(path, '{}\n')
    vim.cmd.edit(path)
    local buffer, done = vim.api.nvim_get_current_buf(), false
    vim.schedule(function()
      vim.schedule(function()
        done = true
      end)
    end)
    must('the turn of ' .. path, function()
      return done
    end)
    equal(path, 0, #vim.lsp.get_clients({ bufnr = buffer, _uninitialized = true }))
  end
  equal('clients', 1, #clients())
end

function scenarios.one_server_for_all_projects()
  open(spec)
  local nested, other = root .. '/packages/nested', vim.fs.dirname(root) .. '/other'
  for _, project in ipairs({ nested, other }) do
    local path = project .. '/.specweave/increments/0001-first/'
    write(path .. 'spec.md', '---\nstatus: active\n---\n')
    write(path .. 'metadata.json', '{ "status": "paused" }\n')
    open(path .. 'spec.md')
    must('the findings of ' .. project, function()
      return findings(path .. 'spec.md') == 'status-desync' and findings(path .. 'metadata.json') == 'status-desync'
    end)
  end
  equal('clients', 1, #clients())
  local folders = vim.tbl_map(function(it)
    return it.name
  end, clients()[1].workspace_folders)
  equal('folders', { root, other }, folders)
end

-- Fixing and saving.

function scenarios.fix_spec()
  open(spec)
  fix('Set spec.md status')
  must_save('completed')
end

function scenarios.fix_metadata()
  open(spec)
  fix('Set metadata.json status')
  must_save('active')
  equal('the file that was changed is in a hidden buffer', 0, #vim.fn.win_findbuf(vim.fn.bufnr(metadata)))
  must('the message', function()
    return was_said('saved metadata.json')
  end)
end

function scenarios.close()
  open(spec)
  vim.api.nvim_win_set_cursor(0, { 4, 9 })
  act('Close increment')
  must_save('completed')
  must_find('')
end

function scenarios.nothing_but_the_status_is_written()
  -- What people's configurations do when a file is written by hand.
  vim.api.nvim_create_autocmd('BufWritePre', {
    callback = function()
      vim.cmd([[keeppatterns %s/\s\+$//e]])
    end,
  })
  open(metadata)
  must_find('status-desync')
  vim.api.nvim_win_set_cursor(0, { 3, 14 })
  act('Set spec.md status')
  must_save('completed')
  vim.api.nvim_set_current_buf(vim.fn.bufnr(spec))
  equal('fixendofline', true, vim.bo.fixendofline)
  equal('eventignore', '', vim.o.eventignore)
end

function scenarios.stale()
  open(metadata)
  open(spec)
  on_edit(function()
    type_line(metadata)
  end)
  vim.cmd('SpecweaveClose')
  must_keep('completed', 'metadata.json holds other changes')
  equal('what was typed', true, text(metadata):find('"typed": "meanwhile"', 1, true) ~= nil)
end

function scenarios.hidden_modified()
  open(metadata)
  type_line(metadata)
  open(spec)
  vim.cmd('SpecweaveClose')
  must_keep('completed', 'metadata.json holds other changes')
end

function scenarios.typed_after_the_edit()
  open(metadata)
  open(spec)
  local handler = clients()[1].handlers['specweave/applied']
  clients()[1].handlers['specweave/applied'] = function(...)
    type_line(spec)
    return handler(...)
  end
  vim.cmd('SpecweaveClose')
  must_keep('completed', 'spec.md was changed again meanwhile')
end

function scenarios.read_only()
  vim.uv.fs_chmod(metadata, tonumber('444', 8))
  open(spec)
  vim.cmd('SpecweaveClose')
  must('the refusal', function()
    return was_said('is read-only. Make it writable')
  end)
  equal('the buffer', 'active', text(spec):match('status: (%S+)'))
end

function scenarios.read_only_late()
  open(spec)
  on_edit(function()
    vim.uv.fs_chmod(metadata, tonumber('444', 8))
  end)
  vim.cmd('SpecweaveClose')
  must_keep('completed', 'metadata.json is read-only')
end

function scenarios.changed_on_disk()
  open(metadata)
  open(spec)
  write(metadata, '{ "status": "active", "another": "program" }\n')
  vim.cmd('SpecweaveClose')
  must('the refusal', function()
    return was_said('was changed on disk by another program; reload it')
  end)
  equal('the buffers', 'active active', table.concat({ statuses(text) }, ' '))
  equal('the disk', 'active active', table.concat({ statuses(read) }, ' '))
end

function scenarios.touched_on_disk()
  open(metadata)
  open(spec)
  vim.uv.fs_utime(metadata, 1, 1)
  vim.cmd('SpecweaveClose')
  must_save('completed')
end

function scenarios.two_windows()
  open(spec)
  vim.cmd.split()
  vim.cmd.vsplit(metadata)
  vim.cmd.wincmd('w')
  local windows = vim.api.nvim_list_wins()
  local function look()
    return vim.tbl_map(function(window)
      return { vim.api.nvim_win_get_buf(window), vim.api.nvim_win_get_cursor(window) }
    end, windows)
  end
  vim.api.nvim_win_set_cursor(vim.fn.win_findbuf(vim.fn.bufnr(spec))[2], { 7, 0 })
  local before = look()
  vim.cmd('SpecweaveClose')
  must_save('completed')
  equal('windows, buffers and cursors', before, look())
end

function scenarios.write_fails()
  open(metadata)
  open(spec)
  vim.api.nvim_create_autocmd('BufWriteCmd', {
    buffer = vim.fn.bufnr(metadata),
    command = 'throw "no space left"',
  })
  vim.cmd('SpecweaveClose')
  must('the reason', function()
    return was_said('metadata.json could not be saved') and was_said('no space left')
  end)
  equal('the buffer', true, vim.bo[vim.fn.bufnr(metadata)].modified)
end

function scenarios.saving_switched_off()
  vim.lsp.config('specweave_lsp', { settings = { ['specweave-lsp'] = { saveAfterFix = false } } })
  open(spec)
  fix('Set spec.md status')
  must('the finding that it is not saved', function()
    return findings(spec):find('unsaved-fix', 1, true)
  end)
  equal('the disk', { 'active', 'completed' }, { statuses(read) })
end

-- Other programs.

local function milliseconds(condition)
  local start = vim.uv.hrtime()
  must('the other program to be noticed', condition, 2000)
  return (vim.uv.hrtime() - start) / 1e6
end

function scenarios.another_program()
  open(spec)
  must('everything to be read', function()
    return require('specweave_lsp.status').object()
  end)
  local capabilities = clients()[1].capabilities.workspace.didChangeWatchedFiles
  equal('the watcher of Neovim', false, capabilities.dynamicRegistration)
  write(metadata, '{ "status": "completed" }\n')
  local appeared = milliseconds(function()
    return findings(spec) == 'status-desync' and findings(metadata) == 'status-desync'
  end)
  write(metadata, '{ "status": "active" }\n')
  local disappeared = milliseconds(function()
    return findings(spec) == '' and findings(metadata) == ''
  end)
  return { appeared = appeared, disappeared = disappeared }
end

-- Neovim reads a hidden buffer again only when told to.
function scenarios.another_program_behind_a_hidden_buffer()
  open(metadata)
  open(spec)
  write(metadata, '{ "status": "completed" }\n')
  vim.api.nvim_exec_autocmds('FocusGained', {})
  must_find('status-desync')
  type_line(metadata)
  write(metadata, '{ "status": "paused" }\n')
  vim.api.nvim_exec_autocmds('FocusGained', {})
  equal('what was typed', true, text(metadata):find('meanwhile', 1, true) ~= nil)
end

-- Commands.

local function choose(number)
  local offered
  vim.ui.select = function(items, options, on_choice)
    offered = vim.tbl_map(options.format_item, items)
    on_choice(items[number], number)
  end
  return function()
    return offered
  end
end

function scenarios.commands_without_an_open_file()
  vim.cmd.cd(root)
  local offered = choose(2)
  vim.cmd('SpecweaveIncrements')
  must('the second increment', function()
    return vim.api.nvim_buf_get_name(0):find('0048-next/spec.md', 1, true)
  end)
  equal('what was offered', {
    '0047 A title  ⊗ active ≠ completed',
    '0048 A title  planned  1/2 tasks  1/1 ACs',
    '0001 A title  completed',
  }, offered())
end

function scenarios.commands_outside()
  local outside = vim.fs.dirname(root) .. '/outside'
  vim.fn.mkdir(outside)
  vim.cmd.cd(outside)
  for _, command in ipairs({ 'Close 1', 'Status', 'Sync', 'Increments', ' log', ' history 1', '' }) do
    forget()
    vim.cmd('Specweave' .. command)
    equal(command, { 'There is no folder `.specweave` in or above ' .. outside .. '.' }, said)
  end
  equal('nothing to complete', {}, vim.fn.getcompletion('SpecweaveClose ', 'cmdline'))
end

function scenarios.without_the_binary()
  vim.lsp.config('specweave_lsp', { cmd = { 'specweave-lsp-that-is-not-there' } })
  vim.cmd.cd(root)
  vim.cmd('SpecweaveIncrements')
  equal('said', true, was_said('`specweave-lsp-that-is-not-there` is not installed, or not on the PATH'))
end

function scenarios.change_status()
  open(spec)
  vim.cmd('SpecweaveStatus paused waiting for the supplier')
  must_save('paused')
  equal('the reason', 'waiting for the supplier', vim.json.decode(read(metadata)).pausedReason)
  vim.cmd('SpecweaveStatus 47 active')
  must_save('active')
  forget()
  vim.cmd('SpecweaveStatus nonsense')
  must('the refusal', function()
    return was_said('`nonsense` is not a status; the statuses are')
  end)
  forget()
  vim.cmd('SpecweaveStatus')
  must('how it is', function()
    return was_said('0047 A title  active\nnext: ')
  end)
  forget()
  vim.cmd('SpecweaveStatus 0099')
  must('the refusal', function()
    return was_said('There is no increment `0099`.')
  end)
  vim.cmd('SpecweaveClose 0099')
  must('the refusal of the server', function()
    return #said == 2
  end)
  vim.cmd('SpecweaveClose')
  must_save('completed')
end

function scenarios.subcommands()
  open(spec)
  vim.cmd('Specweave set paused waiting for the supplier')
  must_save('paused')
  equal('the reason', 'waiting for the supplier', vim.json.decode(read(metadata)).pausedReason)
  vim.cmd('Specweave status active')
  must_save('active')
  local refused = {
    set = 'Which status?',
    paint = '`paint` is no subcommand of :Specweave; '
      .. 'it has close, health, history, log, open, set, status, sync, undo.',
    ['close 47 48'] = 'Unexpected argument `48`: close takes one increment.',
    ['sync 47 spec metadata'] = 'Unexpected argument `metadata`',
    ['open 47'] = 'Unexpected argument `47`',
    ['health 47'] = 'Unexpected argument `47`',
  }
  for words, message in pairs(refused) do
    forget()
    vim.cmd('Specweave ' .. words)
    equal(words, true, was_said(message))
  end
  vim.cmd('Specweave! close')
  equal('a needless !', true, was_said('`close` takes no `!`.'))
  forget()
  vim.cmd('Specweave')
  must('how it is', function()
    return was_said('0047 A title  active\nnext: ')
  end)
  vim.cmd('Specweave close')
  must_save('completed')
end

function scenarios.plug_mappings()
  open(spec)
  local function press(name)
    vim.api.nvim_feedkeys(vim.keycode('<Plug>(specweave-' .. name .. ')'), 'x', false)
  end
  press('status')
  must('how it is', function()
    return was_said('0047 A title  ⊗ active ≠ completed')
  end)
  press('sync')
  must_save('completed')
  local mapped = vim.tbl_map(function(it)
    return it.lhs
  end, vim.api.nvim_get_keymap('n'))
  for _, name in ipairs({ 'close', 'history', 'log', 'open', 'status', 'sync', 'sync-all', 'undo' }) do
    local lhs = '<Plug>(specweave-' .. name .. ')'
    equal(lhs, true, vim.list_contains(mapped, lhs))
    vim.cmd('help ' .. lhs)
  end
end

function scenarios.gate()
  open(spec)
  vim.cmd('SpecweaveClose')
  must('the gate', function()
    return was_said('1 of 2')
  end)
  equal('the buffers', 'active', text(spec):match('status: (%S+)'))
end

function scenarios.sync()
  open(spec)
  vim.cmd('SpecweaveSync spec')
  must_save('active')
  forget()
  vim.cmd('SpecweaveSync')
  must('an answer', function()
    return #said == 1
  end)
end

function scenarios.sync_all_and_choose()
  vim.cmd.cd(root)
  local offered = choose(1)
  vim.cmd('SpecweaveSync metadata')
  must('the chosen one to be saved', function()
    return select(1, statuses(read)) == 'completed'
  end)
  equal('offered', 2, #offered())
  vim.cmd('SpecweaveSync!')
  must('the other one to be saved', function()
    return read(root .. '/.specweave/increments/0048-next/spec.md'):find('status: paused', 1, true)
  end)
end

function scenarios.completion()
  open(spec)
  local function of(words)
    return vim.fn.getcompletion(words, 'cmdline')
  end
  must('the increments', function()
    return #of('SpecweaveClose ') > 0
  end)
  equal('close', { '0047-us-task-linkage', '0048-next' }, of('SpecweaveClose 00'))
  equal('sync', { '0047-us-task-linkage', 'metadata', 'spec' }, of('SpecweaveSync '))
  equal('sync, then', { 'metadata', 'spec' }, of('SpecweaveSync 0047-us-task-linkage '))
  equal('sync all', { 'metadata', 'spec' }, of('SpecweaveSync! '))
  equal('status', { 'paused' }, of('SpecweaveStatus p'))
  equal('status of another', { 'active', 'abandoned' }, of('SpecweaveStatus 0048-next a'))
  equal('increments', {}, of('SpecweaveIncrements '))
  local all = { 'close', 'health', 'history', 'log', 'open', 'set', 'status', 'sync', 'undo' }
  equal('subcommands', all, of('Specweave '))
  equal('a subcommand', { 'history' }, of('Specweave hi'))
  equal('close', { '0047-us-task-linkage', '0048-next' }, of('Specweave close 00'))
  equal('behind a modifier', { '0047-us-task-linkage', '0048-next' }, of('silent Specweave close 00'))
  equal('sync', { '0047-us-task-linkage', 'metadata', 'spec' }, of('Specweave sync '))
  equal('sync all', { 'metadata', 'spec' }, of('Specweave! sync '))
  equal('set', { 'paused' }, of('Specweave set p'))
  equal('set of another', { 'active', 'abandoned' }, of('Specweave set 48 a'))
  equal('history', { '0001-done', '0047-us-task-linkage', '0048-next' }, of('Specweave history '))
  equal('behind the increment', {}, of('Specweave close 0047-us-task-linkage '))
  equal('nothing', {}, of('Specweave open '))
  equal('of an unknown subcommand', {}, of('Specweave paint '))
end

function scenarios.a_long_list()
  vim.cmd.cd(root)
  local specweave = require('specweave_lsp')
  local listed
  specweave.increments(function(increments)
    listed = increments
  end)
  must('the list', function()
    return listed
  end)
  for name, increments in pairs({ asked = listed, waited = specweave.increments_now() }) do
    equal(name, 401, #increments)
    equal(name .. ', the last one', '0401-x', increments[401].id)
  end
end

local helpers = {
  root = root,
  spec = spec,
  metadata = metadata,
  must = must,
  equal = equal,
  said = said,
  was_said = was_said,
  forget = forget,
  clients = clients,
  open = open,
  write = write,
  findings = findings,
  must_find = must_find,
  must_save = must_save,
  fix = fix,
}
local folder_of_tests = vim.fs.dirname(vim.fs.normalize(vim.fn.expand(arg[0])))
for _, name in ipairs({ 'look', 'install' }) do
  dofile(('%s/%s.lua'):format(folder_of_tests, name))(scenarios, helpers)
end

local seen = scenarios[scenario]() or {}
seen.said = said
io.write(vim.json.encode(seen))
dofile(folder_of_tests .. '/stop.lua')
