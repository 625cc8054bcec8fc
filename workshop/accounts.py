"""System accounts for learners: made when someone signs in, and only ours are ever touched."""

from __future__ import annotations

import grp
import pwd
import subprocess
import threading
import time
from pathlib import Path

# Stands in the account's comment field: by this, and not by its name, an account is known for ours.
MARK = "migration-lab workshop"
_one_at_a_time = threading.Lock()


class AccountError(Exception):
    """An account can't be made, or isn't ours. The message is one line."""


def make_account(name: str, homes: Path) -> pwd.struct_passwd:
    """The account ``name``, made if there is none, with a home under ``homes`` that nobody else can enter.

    Raises AccountError where an account of that name is not ours.
    """
    # useradd holds a lock on /etc/passwd, and gives up when another one has it.
    with _one_at_a_time:
        if find_account(name) is None:
            _make(name, homes)
    account = find_account(name)
    if account is None or account.pw_gecos != MARK or account.pw_uid == 0:
        raise AccountError(f"the account {name} was not made by a workshop: this name can't be used")
    return account


def _make(name: str, homes: Path) -> None:
    command = ["useradd", "--create-home", "--home-dir", str(homes / name), "--key", "HOME_MODE=0700", "--user-group"]
    for attempt in range(5):
        made = subprocess.run(
            [*command, "--shell", "/bin/bash", "--comment", MARK, name],
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )
        if made.returncode == 0:
            (homes / name).chmod(0o700)
            return
        if made.returncode not in (1, 10):  # /etc/passwd or /etc/group is locked by someone else's change
            break
        time.sleep(0.2 * (attempt + 1))
    raise AccountError(f"useradd can't make the account {name}: {made.stderr.strip()}")


def find_account(name: str) -> pwd.struct_passwd | None:
    """The account of that name, ours or not."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def our_accounts(prefix: str) -> list[str]:
    """The accounts that workshops made with this prefix."""
    return sorted(found.pw_name for found in pwd.getpwall() if is_ours(found) and found.pw_name.startswith(prefix))


def is_ours(account: pwd.struct_passwd) -> bool:
    """Whether a workshop made this account."""
    return account.pw_gecos == MARK and account.pw_uid >= 1000


def end_processes(name: str) -> None:
    """End all processes of one of our accounts, also those that left their session. Nothing where there is none."""
    account = find_account(name)
    if account is None or not is_ours(account):
        return
    # As that user, -1 means all of its processes and no other: the kernel picks them in one go, so none slips through.
    script = f'[ "$(id -u)" = {account.pw_uid} ] && kill -KILL -1'
    subprocess.run(
        ["sh", "-c", script], user=account.pw_uid, group=account.pw_gid, extra_groups=[], check=False, cwd="/"
    )


def remove_account(name: str) -> None:
    """Remove one of our accounts with its home. Raises AccountError for one that isn't ours or stays."""
    account = find_account(name)
    if account is None:
        return
    if not is_ours(account):
        raise AccountError(f"the account {name} was not made by a workshop: it stays")
    for attempt in range(10):
        end_processes(name)
        with _one_at_a_time:
            gone = subprocess.run(
                ["userdel", "--remove", name], capture_output=True, text=True, check=False, umask=0o022
            )
        if find_account(name) is None:
            return
        time.sleep(0.1 * (attempt + 1))
    raise AccountError(f"userdel can't remove the account {name}: {gone.stderr.strip()}")


def group_of(name: str) -> int:
    """The number of the group that came with an account."""
    return grp.getgrnam(name).gr_gid
