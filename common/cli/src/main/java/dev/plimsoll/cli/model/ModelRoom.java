package dev.plimsoll.cli.model;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that makes model directories. */
public final class ModelRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new ModelCommand());
    }
}
