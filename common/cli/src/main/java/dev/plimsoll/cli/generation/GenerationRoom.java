package dev.plimsoll.cli.generation;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands that use a model with its adapter: talk to it, and measure its loss. */
public final class GenerationRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new GenerateCommand(), new EvaluateCommand());
    }
}
