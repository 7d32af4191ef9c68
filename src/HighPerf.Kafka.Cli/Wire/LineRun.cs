using System.Buffers;
using System.Text.Json;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Wire;

/// <summary>
/// Converts a file of JSON lines, one line of output for each; one that cannot be converted gives <c>{"error":…,"line":n}</c>, and the run goes on.
/// Empty lines give nothing. Owner: the thread that runs it.
/// </summary>
internal sealed class LineRun : IDisposable
{
    private readonly Func<JsonElement, Utf8JsonWriter, bool> _convert;
    private readonly ArrayBufferWriter<byte> _line = new(1 << 16);
    private readonly Utf8JsonWriter _json;

    /// <param name="convert">Writes the members of the output's object; false when one of them is an error.</param>
    public LineRun(Func<JsonElement, Utf8JsonWriter, bool> convert)
    {
        _convert = convert;
        _json = new Utf8JsonWriter(_line, MessageJson.WriterOptions);
    }

    /// <summary>Converts a file, plain or gzip; "-" for standard input.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(string path, CancellationToken token)
    {
        using LineReader lines = await LineReader.OpenAsync(path, token);
        await using BufferedStream output = new(Console.OpenStandardOutput(), 1 << 16);
        using Progress progress = new("lines", 0);
        long converted = 0;
        long failed = 0;
        while (true)
        {
            if (lines.TryTake(out ReadOnlyMemory<byte> line))
            {
                token.ThrowIfCancellationRequested();
                if (line.Span.ContainsAnyExcept(" \t\r"u8))
                {
                    failed += Convert(line, lines.Number) ? 0 : 1;
                    output.Write(_line.WrittenSpan);
                    progress.Report(++converted);
                }
            }
            else
            {
                // All that came is converted, and what follows may take time: who waits for the answers gets them now.
                output.Flush();
                if (!lines.Fill())
                {
                    break;
                }
            }
        }

        if (failed > 0)
        {
            Console.Error.WriteLine($"hpk: {failed} of {converted} lines failed; each says why in its \"error\"");
        }

        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    public void Dispose() => _json.Dispose();

    private bool Convert(ReadOnlyMemory<byte> line, long number)
    {
        bool isWell = false;
        Begin();
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            isWell = document.RootElement.ValueKind == JsonValueKind.Object
                ? _convert(document.RootElement, _json)
                : throw new WireException("the line is not a JSON object");
        }
        catch (Exception e) when (WireException.IsAboutInput(e))
        {
            Begin();
            _json.WriteString("error", e is JsonException ? $"the line is not JSON: {e.Message}" : e.Message);
        }

        if (!isWell)
        {
            _json.WriteNumber("line", number);
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        return isWell;
    }

    private void Begin()
    {
        _line.ResetWrittenCount();
        _json.Reset(_line);
        _json.WriteStartObject();
    }
}
