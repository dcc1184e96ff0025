package dev.plimsoll.chaos.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.List;

class SubnetTest {

    private static final List<String> LAPTOP = List.of(
            "default via 192.168.1.1 dev wlan0 proto dhcp metric 600",
            "192.168.1.0/24 dev wlan0 proto kernel scope link src 192.168.1.7",
            "broadcast 127.255.255.255 dev lo table local proto kernel scope link src 127.0.0.1",
            "local 127.0.0.0/8 dev lo table local proto kernel scope host src 127.0.0.1");

    @Test
    void theFirstIsTakenWhereNothingIsInTheWay() {
        List<Subnet> free = Subnet.free(LAPTOP);
        assertThat(free).hasSize(512);
        Subnet subnet = free.getFirst();
        assertThat(subnet.cidr()).isEqualTo("10.77.0.0/24");
        assertThat(subnet.broker()).isEqualTo("10.77.0.1");
        assertThat(subnet.router()).isEqualTo("10.77.0.254");
        assertThat(subnet.process(0)).isEqualTo("10.77.0.10");
    }

    @Test
    void whatIsRoutedIsPassedOver() {
        assertThat(Subnet.free(List.of("10.77.0.0/24 via 10.77.0.254 dev plim-77-0"))
                        .getFirst()
                        .prefix())
                .isEqualTo("10.77.1");
        assertThat(Subnet.free(List.of(
                                "local 10.77.1.5 dev eth0 table local", "10.77.0.0/25 dev tun0"))
                        .getFirst()
                        .prefix())
                .isEqualTo("10.77.2");
        assertThat(Subnet.free(List.of("unreachable 10.77.0.0/17 metric 4278198272"))
                        .getFirst()
                        .prefix())
                .isEqualTo("10.77.128");
    }

    @Test
    void aVpnThatTakesAllOfTenLeavesTheOtherBlock() {
        assertThat(Subnet.free(List.of("10.0.0.0/8 dev tun0 scope link"))
                        .getFirst()
                        .cidr())
                .isEqualTo("198.18.0.0/24");
        assertThat(Subnet.free(List.of("0.0.0.0/1 dev tun0", "128.0.0.0/1 dev tun0")))
                .isEmpty();
    }

    @Test
    void tagsAreShortAndDiffer() {
        List<String> tags = Subnet.free(List.of()).stream().map(Subnet::tag).toList();
        assertThat(tags).doesNotHaveDuplicates().allMatch(tag -> ("plim-" + tag).length() <= 15);
    }

    @Test
    void aRangeHoldsWhatItsPrefixSays() {
        assertThat(AddressRange.of("10.77.3.0/24"))
                .isEqualTo(new AddressRange(0x0A4D0300L, 0x0A4D03FFL));
        assertThat(AddressRange.of("255.255.255.255"))
                .isEqualTo(new AddressRange(0xFFFFFFFFL, 0xFFFFFFFFL));
        assertThat(AddressRange.of("10.77.3.9/24")).isEqualTo(AddressRange.of("10.77.3.0/24"));
        assertThatThrownBy(() -> AddressRange.of("fe80::1")).hasMessageContaining("'fe80::1'");
    }
}
