package dev.plimsoll.model.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

class JsonReaderTest {

    @Test
    void valuesAreAsJsonHasThem() throws JsonFault {
        assertThat(read(" {\"a\": [1, -2.5e3, true, false, null, \"x\"], \"b\": {}, \"c\": []} "))
                .isEqualTo(Map.of(
                        "a", Arrays.asList(1L, -2500.0, true, false, null, "x"),
                        "b", Map.of(),
                        "c", List.of()));
        assertThat(read("9223372036854775807")).isEqualTo(Long.MAX_VALUE);
        assertThat(read("9223372036854775808")).isEqualTo(new BigInteger("9223372036854775808"));
        assertThat(read("1.0")).isEqualTo(1.0);
        assertThat(read("-0")).isEqualTo(0L);
        assertThat(read("[NaN,Infinity,-Infinity,1e999]"))
                .isEqualTo(List.of(
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY,
                        Double.POSITIVE_INFINITY));
        assertThat(read("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é😀\""))
                .isEqualTo("\"\\/\b\f\n\r\té😀é😀");
        assertThat(read("\uFEFF\"a\"")).isEqualTo("a");
        assertThat(new ArrayList<>(((Map<?, ?>) read("{\"z\":1,\"a\":2}")).keySet()).toString())
                .isEqualTo("[z, a]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ` `                | not JSON at column 2: it is empty
            {"a"               | not JSON at column 5: there is nothing more where the : after field 'a' should be
            {"a":              | not JSON at column 6: it ends where a value should be
            {"a":1             | not JSON at column 1: the object that begins here is not closed
            [1,                | not JSON at column 1: the list that begins here is not closed
            {"a":1}}           | not JSON at column 8: after the value comes '}'
            {"a":1,}           | not JSON at column 8: there is '}' where the name of a field should be; is there a comma too many?
            [1,]               | not JSON at column 4: there is ']' where a value should be; is there a comma too many?
            [1 2]              | not JSON at column 4: there is '2' where a comma or the ] of the list should be
            {'a':1}            | not JSON at column 2: there is ''' where the name of a field should be; strings take double quotation marks
            {"a":True}         | not JSON at column 6: there is 'True' where a value should be; write true and false in small letters
            {"a":None}         | not JSON at column 6: there is 'None' where a value should be; write null
            {"a":1,"a":2}      | not JSON at column 8: field 'a' is given twice
            {"x":{"a":1,"a":2}}| not JSON at column 13: field 'a' is given twice
            `"abc`              | not JSON at column 1: the string that begins here has no closing quotation mark
            `"a\\nb"`           | not JSON at column 3: there is a line break inside a string; write \\\\n
            `"a\\0b"`           | not JSON at column 3: there is a NUL character inside a string; write \\\\u0000
            \\0                | not JSON at column 1: there is a NUL character where a value should be
            `"\\x"`             | not JSON at column 2: there is a backslash that JSON does not know
            `"\\u12g4"`         | not JSON at column 2: \\\\u is not followed by four hexadecimal digits
            01                 | not JSON at column 1: '01' is no number of JSON
            1.                 | not JSON at column 1: '1.' is no number
            -                  | not JSON at column 1: '-' is no number
            +1                 | not JSON at column 1: there is '+' where
            ` {\\n "a": x}`    | not JSON at line 2, column 7: there is 'x' where
            hello world        | not JSON at column 1: there is 'hello' where a value should be
            """)
    void saysWhatIsWrongAndWhere(String text, String message) {
        String json = text.replace("\\n", "\n").replace("\\0", "\0");
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(JsonFault.class)
                .hasMessageContaining(message.replace("\\\\", "\\"));
    }

    @Test
    void otherEncodingsAreNamed() {
        assertThatThrownBy(() -> JsonReader.read("{\"a\":\n\"caf\u00e9\"}".getBytes(ISO_8859_1)))
                .hasMessage("not JSON at line 2, column 5: the byte 0xe9 is no UTF-8; is it"
                        + " Latin-1? Write it in UTF-8");
        assertThatThrownBy(() -> JsonReader.read("{}".getBytes(UTF_16LE)))
                .hasMessageContaining("it is UTF-16 or UTF-32");
        // a half of a pair, as CESU-8 writes it
        assertThatThrownBy(() -> JsonReader.read(
                        new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}))
                .hasMessageContaining("column 2: the byte 0xed is no UTF-8");
    }

    @Test
    void depthAndNumbersAreBounded() throws JsonFault {
        String deepest = "[".repeat(500) + "]".repeat(500);
        assertThat(read(deepest)).isInstanceOf(List.class);
        for (int depth : new int[] {501, 10_000, 1_000_000}) {
            assertThatThrownBy(() -> read("[".repeat(depth)))
                    .hasMessage("not JSON at column 501: more than 500 lists and objects inside"
                            + " each other");
            assertThatThrownBy(() -> read("{\"a\":".repeat(depth)))
                    .hasMessageContaining("more than 500 lists and objects");
        }
        assertThatThrownBy(() -> read("9".repeat(1_001)))
                .hasMessageContaining("a number of 1001 characters");
    }

    @Property
    void anyBytesAreReadOrFaulty(@ForAll byte[] bytes) {
        try {
            JsonReader.read(bytes);
        } catch (JsonFault e) {
            assertThat(e).hasMessageStartingWith("not JSON at ");
        }
    }

    @Property
    void anyTextOfItsSignsIsReadAsJacksonDoes(@ForAll("signs") String text) {
        ObjectMapper jackson = new ObjectMapper()
                .enable(
                        com.fasterxml.jackson.databind.DeserializationFeature
                                .FAIL_ON_TRAILING_TOKENS)
                .enable(com.fasterxml.jackson.core.JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
        JsonNode theirs;
        try {
            theirs = jackson.readTree(text.getBytes(UTF_8));
        } catch (java.io.IOException e) {
            theirs = jackson.missingNode();
        }
        Object ours;
        try {
            ours = JsonReader.read(text);
        } catch (JsonFault e) {
            assertThat(theirs.isMissingNode()).as(text).isTrue();
            return;
        }
        assertThat(jackson.valueToTree(ours).toString()).as(text).isEqualTo(theirs.toString());
    }

    @Provide
    Arbitrary<String> signs() {
        return Arbitraries.of(
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "\"",
                        "a",
                        "\\",
                        "n",
                        "1",
                        "0",
                        "-",
                        ".",
                        "e",
                        " ",
                        "true",
                        "null",
                        "\"a\"",
                        "\"b\":",
                        "{\"a\":1}")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    private static Object read(String text) throws JsonFault {
        return JsonReader.read(text.getBytes(UTF_8));
    }
}
