package dev.plimsoll.cli.intake;

import java.util.List;
import java.util.stream.Stream;

/** All kinds in turn, those that cost seconds a few times only. */
final class FaultTurns {

    private final List<Fault> usual;
    private final List<Fault> costly;
    private final int costlyEvery;
    private int given;

    /**
     * @param costlyEvery so many kinds are given for each of those that cost seconds
     * @param usedId the id of a sample that is accepted before all
     */
    FaultTurns(int costlyEvery, String usedId) {
        this.usual = Stream.of(
                        BrokenJson.faults(),
                        WrongSamples.faults(),
                        List.of(WrongSamples.reused(usedId)))
                .flatMap(List::stream)
                .toList();
        this.costly = WrongSamples.costly();
        this.costlyEvery = costlyEvery;
    }

    Fault next() {
        given++;
        return given % costlyEvery == 0
                ? costly.get(given / costlyEvery % costly.size())
                : usual.get(given % usual.size());
    }
}
