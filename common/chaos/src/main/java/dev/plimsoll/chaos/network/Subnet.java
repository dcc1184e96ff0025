package dev.plimsoll.chaos.network;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * 256 private addresses: .1 is the broker's, .254 the router's, from .10 on the processes'. Pure.
 *
 * @param prefix the first three bytes, e.g. 10.77.3
 */
record Subnet(String prefix) {

    /**
     * Private, and, where somebody routes all of that elsewhere, the block for bench networks (RFC
     * 2544).
     */
    private static final List<String> BLOCKS = List.of("10.77", "198.18");

    private static final int FIRST_PROCESS = 10;
    private static final int BITS = 24;

    String cidr() {
        return prefix + ".0/" + BITS;
    }

    String broker() {
        return prefix + ".1";
    }

    String router() {
        return prefix + ".254";
    }

    /** @param index from 0 */
    String process(int index) {
        return prefix + "." + (FIRST_PROCESS + index);
    }

    /**
     * Short enough for the name of an interface (15 characters), and one per subnet: whoever has it
     * has the subnet.
     */
    String tag() {
        return prefix.substring(prefix.indexOf('.') + 1).replace('.', '-');
    }

    /**
     * Those that no route leads to, but for the default one, in the order in which to try them.
     *
     * @param routes as {@code ip -4 route show table all} prints them
     */
    static List<Subnet> free(List<String> routes) {
        List<AddressRange> taken = new ArrayList<>();
        routes.forEach(route -> AddressRange.ofRoute(route).ifPresent(taken::add));
        return BLOCKS.stream()
                .flatMap(
                        block -> IntStream.range(0, 256).mapToObj(i -> new Subnet(block + "." + i)))
                .filter(subnet ->
                        taken.stream().noneMatch(AddressRange.of(subnet.cidr())::overlaps))
                .toList();
    }
}
