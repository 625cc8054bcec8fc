# For terminals in JupyterLab: the user's own start-up files, then this environment's commands before all others.
ZDOTDIR="${MIGRATION_LAB_ZDOTDIR:-$HOME}"
HISTFILE="$ZDOTDIR/.zsh_history"
for file in "$ZDOTDIR/.zshenv" "$ZDOTDIR/.zshrc"; do
    if [ -r "$file" ]; then
        . "$file"
    fi
done
unset file
PATH="$MIGRATION_LAB_PATH:$PATH"
