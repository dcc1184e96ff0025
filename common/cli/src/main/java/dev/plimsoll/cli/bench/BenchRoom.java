package dev.plimsoll.cli.bench;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that measures speed on this machine. */
public final class BenchRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new BenchCommand());
    }
}
