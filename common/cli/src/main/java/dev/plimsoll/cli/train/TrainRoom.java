package dev.plimsoll.cli.train;

import dev.plimsoll.cli.CommandRoom;

import java.util.List;

/** The commands of a person with one machine. */
public final class TrainRoom implements CommandRoom {

    @Override
    public List<Object> commands() {
        return List.of(new TrainCommand(), new BrokerCommand());
    }
}
