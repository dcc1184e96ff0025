package dev.plimsoll.cli.demo;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands that train with processes of their own. */
public final class DemoRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new DemoCommand(), new RehearseCommand());
    }
}
