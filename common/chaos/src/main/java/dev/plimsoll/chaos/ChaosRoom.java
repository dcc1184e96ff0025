package dev.plimsoll.chaos;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The command that disturbs a run and proves that it lost nothing. */
public final class ChaosRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new ChaosCommand());
    }
}
