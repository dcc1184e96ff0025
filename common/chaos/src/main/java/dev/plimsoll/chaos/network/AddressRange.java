package dev.plimsoll.chaos.network;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** IPv4 addresses as numbers, both ends included. Pure. */
record AddressRange(long first, long last) {

    private static final int ADDRESS_BITS = 32;
    private static final Pattern CIDR =
            Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+)(?:/(\\d+))?");

    /** @param cidr e.g. 10.77.3.0/24, or an address alone */
    static AddressRange of(String cidr) {
        Matcher parts = CIDR.matcher(cidr);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + cidr + "' is no IPv4 address or network");
        }
        long address = 0;
        for (int i = 1; i <= 4; i++) {
            address = address << 8 | Long.parseLong(parts.group(i));
        }
        int bits = parts.group(5) == null ? ADDRESS_BITS : Integer.parseInt(parts.group(5));
        long size = 1L << (ADDRESS_BITS - bits);
        long first = address / size * size;
        return new AddressRange(first, first + size - 1);
    }

    /**
     * Where a line of {@code ip route} leads; empty for the default route, which leads everywhere.
     */
    static Optional<AddressRange> ofRoute(String route) {
        // the destination is the first word, or the second after a type such as local or blackhole
        for (String word : route.strip().split("\\s+", 3)) {
            if (word.equals("default")) {
                return Optional.empty();
            }
            if (CIDR.matcher(word).matches()) {
                return Optional.of(of(word));
            }
        }
        return Optional.empty();
    }

    boolean overlaps(AddressRange other) {
        return first <= other.last && other.first <= last;
    }
}
