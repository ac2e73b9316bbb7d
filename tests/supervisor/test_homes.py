"""Homes of every kind: long paths, odd names, folders in the way; what cannot be used is named."""

import os
import shutil
import stat

import asyncpg
import pytest

from comptoir.settings import Settings
from comptoir.supervisor import Cluster, DatabaseFailed, HomeUnusable


async def test_a_long_home_gets_its_socket_elsewhere(home, copy_made):
    deep = home / "/".join(["a-folder-with-a-long-name"] * 5)
    copy_made(deep)
    cluster = Cluster(deep, Settings(home=deep))
    async with cluster as url:
        await (await asyncpg.connect(url)).close()
        assert not cluster.run.is_relative_to(deep)
        assert stat.S_IMODE(cluster.run.stat().st_mode) == 0o700
    shutil.rmtree(cluster.run)


async def test_a_home_with_spaces_and_quotes_works(home, copy_made):
    odd = home / "it's my $HOME, really"
    copy_made(odd)
    cluster = Cluster(odd, Settings(home=odd))
    async with cluster as url:
        await (await asyncpg.connect(url)).close()
    shutil.rmtree(cluster.run)


async def test_a_folder_in_the_way_of_the_data_is_named(home, settings):
    (home / "postgres" / "data").mkdir(parents=True)
    (home / "postgres" / "data" / "photo").write_text("")
    shutil.chown(home / "postgres" / "data", "nobody" if os.geteuid() == 0 else os.geteuid())
    with pytest.raises(DatabaseFailed, match="data is in the way"):
        await Cluster(home, settings).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives privileges up")
async def test_a_closed_folder_on_the_way_is_named(home):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(HomeUnusable, match=rf"cannot pass through {closed}\b.*COMPTOIR_HOME"):
        await Cluster(closed / "home", Settings()).start()


async def test_a_home_that_is_a_file_is_named(home):
    (home / "file").write_text("")
    with pytest.raises(HomeUnusable, match=f"{home}/file"):
        await Cluster(home / "file", Settings()).start()
