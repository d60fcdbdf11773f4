---@brief
---
--- Keeps the two statuses of a SpecWeave increment, in `spec.md` and in `metadata.json`, in agreement.
---
--- Install it with `npm install -g specweave-lsp` or `pip install specweave-lsp`.

---@type vim.lsp.Config
return {
  cmd = { 'specweave-lsp' },
  filetypes = { 'markdown', 'json' },
  root_markers = { '.specweave' },
  workspace_required = true,
}
