"""The production server: `python -m forum_site.serving`, with granian's own options.

Granian takes a worker that dies twice within 5.5 seconds for one that cannot start, and ends the whole site. Whatever
kills workers, the site goes on here.
"""

from granian import cli


class Server(cli.Server):
    def _respawn_workers(self, *args, **kwargs):
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


if __name__ == "__main__":
    cli.Server = Server
    cli.entrypoint()
