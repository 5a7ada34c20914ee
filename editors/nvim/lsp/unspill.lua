---@brief
---
--- unspill finds hardcoded tokens as you type, and moves each into a declared secret: the value to `.env`, the name to
--- `.env.example`, and the code reads the environment.
---
--- `unspill` must be on the `PATH`: `pipx install .` in a checkout of it. It attaches to files of every type, but only
--- below `.git`, `pyproject.toml` or a README.
---
--- - `gra` (`vim.lsp.buf.code_action()`) on a token offers a fix. Run `:wall` afterwards: the fix also edits other files.
--- - To fix one file:
---   ```lua
---   vim.lsp.buf.code_action({ context = { only = { 'source.fixAll.unspill' }, diagnostics = {} }, apply = true })
---   ```
--- - `:LspUnspillFixWorkspace` fixes all files in the workspace, after confirmation.
--- - `:LspUnspillSecrets` fills the quickfix list with secret names: where each is read, and whether its value is
---   missing. `:LspUnspillDeclare [NAME]` adds a name to `.env.example`; without one, choose from those that are read.
---
--- Settings are those of `unspill.toml`, in camel case:
--- ```lua
--- vim.lsp.config('unspill', { settings = { unspill = { confidence = 'high', exclude = { 'docs/' } } } })
--- ```

---@type vim.lsp.Config
return {
  cmd = { 'unspill', 'server' },
  root_markers = { { '.git', 'pyproject.toml', 'README.md' } },
  workspace_required = true,
  settings = { unspill = {} },
  -- Neovim 0.11 does not ask again by itself: a name is undeclared until another file declares it.
  capabilities = { workspace = { diagnostics = { refreshSupport = true } } },
  handlers = {
    ['workspace/diagnostic/refresh'] = function(_, _, context)
      local client = assert(vim.lsp.get_client_by_id(context.client_id))
      for bufnr in pairs(client.attached_buffers) do
        client:request('textDocument/diagnostic', { textDocument = vim.lsp.util.make_text_document_params(bufnr) }, nil, bufnr)
      end
      return vim.NIL
    end,
    -- Neovim 0.11 would show an answer that comes after its buffer was unloaded (`:bdelete`), for good.
    ['textDocument/diagnostic'] = function(err, result, context)
      if vim.api.nvim_buf_is_loaded(context.bufnr) then
        return vim.lsp.diagnostic.on_diagnostic(err, result, context)
      end
    end,
  },
  on_attach = function(client, bufnr)
    local function command(name, run, options)
      vim.api.nvim_buf_create_user_command(bufnr, name, run, options)
    end

    --- Sends a command to the server; a result goes to `take`.
    local function exec(name, arguments, take)
      client:exec_cmd({ title = name, command = name, arguments = arguments }, { bufnr = bufnr }, take and function(err, result)
        if result and not err then
          take(result)
        end
      end)
    end

    -- It also keeps what it shows about a buffer that is unloaded.
    vim.api.nvim_create_autocmd('BufUnload', {
      buffer = bufnr,
      callback = function()
        for id, namespace in pairs(vim.diagnostic.get_namespaces()) do
          if vim.startswith(namespace.name, 'nvim.lsp.unspill.') then
            vim.diagnostic.reset(id, bufnr)
          end
        end
      end,
    })

    local uri = vim.uri_from_bufnr(bufnr)

    command('LspUnspillFixWorkspace', function()
      exec('unspill.fixWorkspace', {})
    end, { desc = 'Apply all safe unspill fixes in the workspace' })

    command('LspUnspillSecrets', function()
      exec('unspill.secrets', { uri }, function(found)
        local items = {}
        for _, secret in ipairs(found) do
          local state = secret.value .. (secret.undeclared and ', not declared' or '')
          local places = vim.list_extend(vim.list_extend(secret.read, secret.declared), secret.written)
          local item = places[1] and vim.lsp.util.locations_to_items({ places[1] }, client.offset_encoding)[1] or {}
          item.text = ('%s (%s)'):format(secret.name, state)
          items[#items + 1] = item
        end
        vim.fn.setqflist({}, ' ', { title = 'Secrets by name', items = items })
        vim.cmd('botright copen')
      end)
    end, { desc = 'List secret names, where they are read and where their values come from' })

    command('LspUnspillDeclare', function(given)
      local function declare(name)
        if name then
          exec('unspill.declare', { uri, name })
        end
      end
      if given.args ~= '' then
        return declare(given.args)
      end
      exec('unspill.secrets', { uri }, function(found)
        local names = {}
        for _, secret in ipairs(found) do
          names[#names + 1] = secret.undeclared and secret.name or nil
        end
        vim.ui.select(names, { prompt = 'Declare in .env.example' }, declare)
      end)
    end, { nargs = '?', desc = 'Add a secret name to .env.example' })
  end,
}
