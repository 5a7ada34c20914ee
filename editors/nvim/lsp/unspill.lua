---@brief
---
--- unspill finds hardcoded tokens while you type them, and moves each one into a declared secret: the value into
--- `.env`, the name into `.env.example`, the code to the environment.
---
--- `unspill` must be on the `PATH`: `pipx install .` in a checkout of it. It attaches to files of every type, as tokens
--- stand anywhere, and only below `.git`, `pyproject.toml` or a README.
---
--- - `gra` (`vim.lsp.buf.code_action()`) on a token offers its fix. `:wall` afterwards: the fix edits other files too.
--- - All of one file:
---   ```lua
---   vim.lsp.buf.code_action({ context = { only = { 'source.fixAll.unspill' }, diagnostics = {} }, apply = true })
---   ```
--- - `:LspUnspillFixWorkspace` fixes every file of the workspace, after a question.
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
  on_attach = function(client, bufnr)
    vim.api.nvim_buf_create_user_command(bufnr, 'LspUnspillFixWorkspace', function()
      client:exec_cmd({ title = 'Fix all in workspace', command = 'unspill.fixWorkspace' }, { bufnr = bufnr })
    end, { desc = 'Fix what unspill can fix safely in every file of the workspace' })
  end,
}
