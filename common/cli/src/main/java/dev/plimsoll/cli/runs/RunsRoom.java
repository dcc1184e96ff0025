package dev.plimsoll.cli.runs;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands about the runs of a broker, and about what they keep. */
public final class RunsRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new RunsCommand(), new ForgetCommand());
    }
}
