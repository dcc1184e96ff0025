package dev.plimsoll.engine.doctor;

import dev.plimsoll.engine.nativelib.NvmlCards;
import dev.plimsoll.model.machine.MachineCards;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.model.machine.MachineCards.User;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Asks the driver for the machine's cards; libtorch is not touched. */
final class CardList {

    private CardList() {}

    static MachineCards read() {
        try {
            Optional<NvmlCards> driver = NvmlCards.open();
            return driver.map(CardList::of)
                    .orElseGet(() -> MachineCards.none(
                            "NVIDIA's driver library libnvidia-ml.so.1 is not there"));
        } catch (IllegalStateException e) {
            return MachineCards.none("NVIDIA's driver does not answer: " + e.getMessage());
        }
    }

    private static MachineCards of(NvmlCards driver) {
        int cuda = driver.cudaVersion();
        return new MachineCards(
                driver.driverVersion(),
                cuda / 1000 + "." + cuda % 1000 / 10,
                "",
                IntStream.range(0, driver.count())
                        .mapToObj(number -> card(driver, number))
                        .toList());
    }

    private static Card card(NvmlCards driver, int number) {
        int[] capability = driver.capability(number);
        long[] freeAndTotal = driver.freeAndTotal(number);
        List<User> users = driver.processes(number).stream()
                .map(one -> new User(one.pid(), program(one.pid()), one.usedBytes()))
                .toList();
        return new Card(
                number,
                driver.uuid(number),
                driver.name(number),
                capability[0] + "." + capability[1],
                freeAndTotal[1],
                freeAndTotal[0],
                users);
    }

    private static String program(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .orElse("");
    }
}
