-- Installing: help, health, `vim.pack`.

return function(scenarios, t)
  local must, equal, open = t.must, t.equal, t.open

  local function report()
    vim.cmd('checkhealth specweave_lsp')
    return { report = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') }
  end

  function scenarios.health()
    vim.cmd.cd(t.root)
    open(t.spec)
    t.must_find('status-desync')
    must('the status', function()
      return require('specweave_lsp.status').object()
    end)
    return report()
  end

  scenarios.health_of_nothing = report

  function scenarios.health_of_program()
    vim.lsp.config('specweave_lsp', { cmd = { vim.env.SPECWEAVE_PROGRAM } })
    return report()
  end

  function scenarios.health_of_other_configuration()
    vim.lsp.config('specweave_lsp', {
      root_dir = function() end,
      handlers = { ['specweave/applied'] = function() end },
      settings = { preferredSource = 'spec' },
    })
    vim.lsp.enable('specweave_lsp', false)
    vim.o.autoread = false
    return report()
  end

  function scenarios.health_of_two_servers()
    vim.lsp.config('mine', {
      cmd = { vim.env.SPECWEAVE_BINARY },
      filetypes = { 'markdown' },
      root_markers = { '.specweave' },
    })
    vim.lsp.enable('mine')
    vim.cmd.edit(vim.fn.fnameescape(t.spec))
    must('both', function()
      return #vim.lsp.get_clients({ bufnr = vim.fn.bufnr(t.spec) }) == 2
    end)
    return report()
  end

  function scenarios.health_of_another_name()
    vim.lsp.enable('specweave_lsp', false)
    vim.lsp.config('mine', { cmd = { vim.env.SPECWEAVE_BINARY }, filetypes = { 'markdown' } })
    vim.lsp.enable('mine')
    vim.cmd.edit(vim.fn.fnameescape(t.spec))
    must('it', function()
      return #vim.lsp.get_clients({ bufnr = vim.fn.bufnr(t.spec) }) == 1
    end)
    return report()
  end

  function scenarios.health_of_no_file_type()
    vim.cmd('filetype off')
    vim.g.did_load_filetypes = nil
    vim.cmd.edit(vim.fn.fnameescape(t.spec))
    return report()
  end

  function scenarios.health_of_a_complaint()
    vim.lsp.config('specweave_lsp', { settings = { ['specweave-lsp'] = { nonsense = true } } })
    open(t.spec)
    must('the complaint', function()
      return #(require('specweave_lsp.config').warnings[t.clients()[1].id] or {}) > 0
    end)
    return report()
  end

  function scenarios.health_after_an_update()
    open(t.spec)
    vim.lsp.config('specweave_lsp', { cmd = { vim.env.SPECWEAVE_PROGRAM } })
    return report()
  end

  function scenarios.health_of_two_of_one_name()
    vim.lsp.config('specweave_lsp', {
      reuse_client = function()
        return false
      end,
    })
    open(t.spec)
    vim.cmd.edit(vim.fn.fnameescape(t.metadata))
    must('two of them', function()
      return #t.clients() == 2 and t.clients()[1].initialized and t.clients()[2].initialized
    end)
    return report()
  end

  function scenarios.health_of_two_copies()
    vim.opt.runtimepath:append(vim.env.SPECWEAVE_COPY)
    return report()
  end

  local function help_is_found()
    local tags =
      { 'specweave-lsp', ':Specweave', ':SpecweaveClose', 'hl-SpecweaveStatusError', '<Plug>(specweave-close)' }
    for _, tag in ipairs(tags) do
      vim.cmd('help ' .. tag)
      equal(tag, 'specweave-lsp.txt', vim.fs.basename(vim.api.nvim_buf_get_name(0)))
    end
  end

  scenarios.help = help_is_found

  -- The tags that are part of the plugin are those of its help.
  function scenarios.help_tags()
    local copy = vim.env.SPECWEAVE_COPY .. '/doc'
    local before = vim.fn.readfile(copy .. '/tags')
    vim.cmd('helptags ' .. copy)
    equal('doc/tags, as :helptags makes them', vim.fn.readfile(copy .. '/tags'), before)
  end

  -- However it was installed.
  function scenarios.installed()
    equal('found', true, vim.api.nvim_get_runtime_file('lsp/specweave_lsp.lua', false)[1] ~= nil)
    equal('commands', 2, vim.fn.exists(':Specweave'))
    help_is_found()
    open(t.spec)
    t.must_find('status-desync')
  end

  function scenarios.lazy()
    equal('lazy.nvim has loaded it', true, require('lazy.core.config').plugins['specweave-lsp']._.loaded ~= nil)
    scenarios.installed()
  end

  function scenarios.vim_pack()
    if not vim.pack then
      return { has_pack = false }
    end
    vim.pack.add({ { src = vim.env.SPECWEAVE_REPOSITORY, name = 'specweave-lsp' } }, {
      confirm = false,
      load = function(plugin)
        vim.opt.runtimepath:append(plugin.path .. '/editors/nvim')
      end,
    })
    vim.lsp.enable('specweave_lsp')
    scenarios.installed()
    return { has_pack = true, path = vim.api.nvim_get_runtime_file('lsp/specweave_lsp.lua', false)[1] }
  end
end
