namespace HighPerf.Kafka.Cli.Wire;

/// <summary>Bytes as hexadecimal digits of either case; white space between them is passed over.</summary>
internal static class HexText
{
    public static byte[] Parse(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length / 2];
        int digits = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            if (!char.IsAsciiHexDigit(text[i]))
            {
                throw new WireException(
                    $"the hex text has '{Printable(text[i])}' at position {i}, which is no hexadecimal digit; "
                    + "for bytes as they are use --binary, for a file --file");
            }

            int value = char.IsAsciiDigit(text[i]) ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;
            if (digits / 2 < bytes.Length)
            {
                bytes[digits / 2] = (byte)((bytes[digits / 2] << 4) | value);
            }

            digits++;
        }

        return digits % 2 == 0
            ? bytes.AsSpan(0, digits / 2).ToArray()
            : throw new WireException($"the hex text has {digits} digits, an odd number; a byte takes two");
    }

    private static string Printable(char c) => char.IsControl(c) || char.IsSurrogate(c) ? $"U+{(int)c:X4}" : c.ToString();
}
