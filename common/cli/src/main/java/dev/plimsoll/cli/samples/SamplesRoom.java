package dev.plimsoll.cli.samples;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that submits samples. */
public final class SamplesRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new SubmitCommand());
    }
}
