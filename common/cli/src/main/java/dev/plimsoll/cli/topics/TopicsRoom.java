package dev.plimsoll.cli.topics;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands that print what a topic holds. */
public final class TopicsRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new WatchCommand(), new TailCommand());
    }
}
