//! Starts `unspill server` from the project's PATH, and hands it the settings of `lsp.unspill.settings`.

use zed_extension_api::{self as zed, serde_json, settings::LspSettings, LanguageServerId, Result};

struct Unspill;

impl zed::Extension for Unspill {
    fn new() -> Self {
        Unspill
    }

    fn language_server_command(&mut self, _: &LanguageServerId, worktree: &zed::Worktree) -> Result<zed::Command> {
        let command = worktree
            .which("unspill")
            .ok_or("unspill is not on the PATH: install it with `pipx install .` in a checkout")?;
        Ok(zed::Command { command, args: vec!["server".into()], env: worktree.shell_env() })
    }

    fn language_server_workspace_configuration(
        &mut self,
        id: &LanguageServerId,
        worktree: &zed::Worktree,
    ) -> Result<Option<serde_json::Value>> {
        let settings = LspSettings::for_worktree(id.as_ref(), worktree)?.settings;
        Ok(settings.map(|own| serde_json::json!({ "unspill": own })))
    }
}

zed::register_extension!(Unspill);
