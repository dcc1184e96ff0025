package dev.plimsoll.model.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.model.samples.JdkApi.ApiSample;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

class JdkApiTest {

    private final JdkApi api = JdkApi.ofThisJdk();

    @Test
    void oneSamplePerPublicTypeWithSortedSignatures() {
        Map<String, ApiSample> all = api.training(Integer.MAX_VALUE).stream()
                .collect(Collectors.toMap(ApiSample::typeName, s -> s));
        Map<String, ApiSample> held =
                api.heldOut().stream().collect(Collectors.toMap(ApiSample::typeName, s -> s));
        all.putAll(held);
        assertThat(all).hasSizeGreaterThan(3_000);
        ApiSample list = all.get("java.util.List");
        assertThat(list.prompt()).isEqualTo("Declare the public methods of java.util.List.");
        assertThat(list.completion().substring(1).lines())
                .isSorted()
                .contains(
                        "E get(int)",
                        "boolean addAll(Collection<? extends E>)",
                        "default void sort(Comparator<? super E>)",
                        "static <E> List<E> of(E...)",
                        "<T> T[] toArray(T[])");
        assertThat(all.get("java.util.Map.Entry").completion())
                .contains("static <K extends Comparable<? super K>, V> Comparator<Entry<K, V>> "
                        + "comparingByKey()");
        assertThat(all.get("java.lang.Object").completion())
                .contains("void wait(long) throws InterruptedException");
        assertThat(all).doesNotContainKeys("java.io.Serializable", "sun.misc.Unsafe");
    }

    @Test
    void heldOutTypesAreOfModerateLengthAndNeverSubmitted() {
        List<ApiSample> held = api.heldOut();
        assertThat(held).hasSize(JdkApi.HELD_OUT);
        assertThat(held).allSatisfy(s -> assertThat(s.completion()).hasSizeBetween(200, 1_200));
        Set<String> trained = new HashSet<>();
        api.training(Integer.MAX_VALUE).forEach(s -> trained.add(s.typeName()));
        assertThat(held).noneMatch(s -> trained.contains(s.typeName()));
    }

    @Test
    void aShorterSetIsTheBeginningOfALongerOne() {
        List<ApiSample> some = api.training(50);
        assertThat(some).hasSize(50).isEqualTo(JdkApi.ofThisJdk().training(80).subList(0, 50));
        assertThat(some).doesNotHaveDuplicates();
    }
}
