package dev.plimsoll.chaos.network;

import java.util.List;
import java.util.Set;

/** A network on localhost. Nothing was made for it, and nothing can be cut. */
public record Loopback() implements Network {

    @Override
    public String host() {
        return "localhost";
    }

    @Override
    public String address(String process) {
        return host();
    }

    @Override
    public List<String> at(String process, List<String> command) {
        return command;
    }

    @Override
    public void cut(String process, Set<Lost> lost) {
        throw new IllegalStateException(
                "localhost cannot be cut off from itself; " + process + " was to be");
    }

    @Override
    public void mend(String process) {
        // never cut
    }

    @Override
    public void close() {
        // nothing was made
    }
}
