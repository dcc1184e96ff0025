package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands about all runs of a broker. */
public final class RunsRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new RunsCommand());
    }
}
