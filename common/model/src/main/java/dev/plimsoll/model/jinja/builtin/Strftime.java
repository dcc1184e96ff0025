package dev.plimsoll.model.jinja.builtin;

import dev.plimsoll.model.jinja.value.Budget;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Str;
import dev.plimsoll.model.jinja.value.StrBuilder;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** Python's {@code strftime} in the C locale. */
final class Strftime {

    private Strftime() {}

    static Str format(Str format, LocalDateTime time, Budget budget) {
        StrBuilder out = new StrBuilder(budget);
        String text = format.string();
        for (int at = 0; at < text.length(); at++) {
            int origin = format.originAt(at);
            if (text.charAt(at) != '%' || at + 1 == text.length()) {
                out.append(text.charAt(at), origin);
                continue;
            }
            at++;
            String flag = "";
            if ("-_0^#".indexOf(text.charAt(at)) >= 0 && at + 1 < text.length()) {
                flag = text.substring(at, ++at);
            }
            out.append(field(text.charAt(at), flag, time), origin);
        }
        return out.build();
    }

    private static String field(char code, String flag, LocalDateTime time) {
        return switch (code) {
            case 'a' -> day(time, TextStyle.SHORT, flag);
            case 'A' -> day(time, TextStyle.FULL, flag);
            case 'b', 'h' -> month(time, TextStyle.SHORT, flag);
            case 'B' -> month(time, TextStyle.FULL, flag);
            case 'c' -> all("a b e H:M:S Y", time);
            case 'C' -> number(time.getYear() / 100, 2, '0', flag);
            case 'd' -> number(time.getDayOfMonth(), 2, '0', flag);
            case 'D', 'x' -> all("m/d/y", time);
            case 'e' -> number(time.getDayOfMonth(), 2, ' ', flag);
            case 'f' -> number(time.getNano() / 1000, 6, '0', flag);
            case 'F' -> all("Y-m-d", time);
            case 'g' -> number(time.get(IsoFields.WEEK_BASED_YEAR) % 100, 2, '0', flag);
            case 'G' -> number(time.get(IsoFields.WEEK_BASED_YEAR), 0, '0', flag);
            case 'H' -> number(time.getHour(), 2, '0', flag);
            case 'I' -> number(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, '0', flag);
            case 'j' -> number(time.getDayOfYear(), 3, '0', flag);
            case 'k' -> number(time.getHour(), 2, ' ', flag);
            case 'l' -> number(time.get(ChronoField.CLOCK_HOUR_OF_AMPM), 2, ' ', flag);
            case 'm' -> number(time.getMonthValue(), 2, '0', flag);
            case 'M' -> number(time.getMinute(), 2, '0', flag);
            case 'n' -> "\n";
            case 'p' -> flag.equals("#") ? half(time).toLowerCase(Locale.ROOT) : half(time);
            case 'P' -> half(time).toLowerCase(Locale.ROOT);
            case 'r' -> all("I:M:S p", time);
            case 'R' -> all("H:M", time);
            case 'S' -> number(time.getSecond(), 2, '0', flag);
            case 't' -> "\t";
            case 'T', 'X' -> all("H:M:S", time);
            case 'u' -> number(time.getDayOfWeek().getValue(), 1, '0', flag);
            case 'U' -> number(week(time, 0), 2, '0', flag);
            case 'V' -> number(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2, '0', flag);
            case 'w' -> number(time.getDayOfWeek().getValue() % 7, 1, '0', flag);
            case 'W' -> number(week(time, 1), 2, '0', flag);
            case 'y' -> number(time.getYear() % 100, 2, '0', flag);
            case 'Y' -> number(time.getYear(), 0, '0', flag);
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> throw Failure.unsupported("'%" + code + "' in 'strftime_now'");
        };
    }

    private static String all(String codes, LocalDateTime time) {
        StringBuilder out = new StringBuilder();
        for (char code : codes.toCharArray()) {
            out.append(Character.isLetter(code) ? field(code, "", time) : String.valueOf(code));
        }
        return out.toString();
    }

    private static String half(LocalDateTime time) {
        return time.getHour() < 12 ? "AM" : "PM";
    }

    private static String day(LocalDateTime time, TextStyle style, String flag) {
        return capital(time.getDayOfWeek().getDisplayName(style, Locale.ENGLISH), flag);
    }

    private static String month(LocalDateTime time, TextStyle style, String flag) {
        String name = time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
        return capital(style == TextStyle.SHORT ? name.substring(0, 3) : name, flag);
    }

    private static String capital(String name, String flag) {
        return flag.equals("^") || flag.equals("#") ? name.toUpperCase(Locale.ROOT) : name;
    }

    private static int week(LocalDateTime time, int first) {
        int day = (time.getDayOfWeek().getValue() % 7 + 7 - first) % 7;
        return (time.getDayOfYear() + 6 - day) / 7;
    }

    private static String number(int number, int width, char pad, String flag) {
        String digits = String.valueOf(number);
        char with = flag.equals("_") ? ' ' : flag.equals("0") ? '0' : pad;
        return flag.equals("-")
                ? digits
                : String.valueOf(with).repeat(Math.max(0, width - digits.length())) + digits;
    }
}
