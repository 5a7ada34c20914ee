--- Masks the values in dotenv files on screen, including commented-out ones. The buffer is not changed.
---
---   require('unspill.mask').enable()
---
--- A window on such a file conceals them, from the first time it is drawn; `:UnspillMask` shows them there, and back.

local M = {}

-- An assignment. What is concealed is the value: quoted, over several lines if need be, or the rest of the line.
local NAME = [[^\s*#\?\s*\%(export\s\+\)\?[A-Za-z0-9_.-]\+\s*=\s*\zs]]
local VALUE = NAME .. [[\%("\%(\\\_.\|[^"\\]\)*"\|'\%(\\\_.\|[^'\\]\)*'\|\S.*\)]]

local function is_dotenv(buffer)
  return vim.startswith(vim.fs.basename(vim.api.nvim_buf_get_name(buffer)), '.env')
end

local function hide(window)
  vim.api.nvim_win_call(window, function()
    if not vim.w.unspill_mask then
      vim.w.unspill_mask = vim.fn.matchadd('Conceal', VALUE, 10, -1, { conceal = '•' })
      vim.wo[window][0].conceallevel = 2
      vim.wo[window][0].concealcursor = 'nvic'
    end
  end)
end

local function show(window)
  vim.api.nvim_win_call(window, function()
    if vim.w.unspill_mask then
      vim.fn.matchdelete(vim.w.unspill_mask)
      vim.w.unspill_mask = nil
    end
  end)
end

--- Mask values from now on, in windows that are open too.
function M.enable()
  local group = vim.api.nvim_create_augroup('unspill.mask', {})
  local function update(window)
    if is_dotenv(vim.api.nvim_win_get_buf(window)) then
      hide(window)
    else
      show(window)
    end
  end
  -- Both run before the window is drawn.
  vim.api.nvim_create_autocmd({ 'BufWinEnter', 'WinNew', 'BufEnter' }, {
    group = group,
    callback = function() update(vim.api.nvim_get_current_win()) end,
  })
  vim.api.nvim_create_user_command('UnspillMask', function()
    local window = vim.api.nvim_get_current_win();
    (vim.w.unspill_mask and show or hide)(window)
  end, { desc = 'Show or mask the values of the dotenv file in this window' })
  vim.iter(vim.api.nvim_list_wins()):each(update)
end

return M
