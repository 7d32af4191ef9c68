using System.CommandLine;
using System.Text.Json;
using System.Text;
using HighPerf.Kafka.Cli.Wire;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Json;

namespace HighPerf.Kafka.Cli.Commands;

/// <summary>Where hpk wire reads from, and what that is.</summary>
internal sealed class WireOptions
{
    private readonly Argument<string?> _input;

    private readonly Option<string?> _file = new("--file", "-f")
    {
        Description = "Read from a file; - for standard input, which is also read when nothing is given",
    };

    private readonly Option<string?> _lines = new("--lines", "-l") { HelpName = "FILE" };
    private readonly Option<bool> _indent = new("--indent") { Description = "JSON over several lines, for reading" };

    private readonly Option<string?> _api = new("--api", "--message", "-a")
    {
        Description = "The key or name of an API (1, Fetch), or the name of a message (FetchRequest, ConsumerProtocolSubscription)",
    };

    private readonly Option<short?> _version = new("--version", "--api-version", "-v") { Description = "The version of the message" };
    private readonly Option<bool> _request = new("--request") { Description = "The request of the API" };
    private readonly Option<bool> _response = new("--response") { Description = "The response of the API" };

    private readonly Option<bool> _frame = new("--frame")
    {
        Description = "A whole frame, size and header before the body. A request's says what it is: --api and --version may be left out then",
    };

    public WireOptions(Command command, string input, string linesDescription, string binaryDescription)
    {
        _input = new Argument<string?>("input") { Description = input, Arity = ArgumentArity.ZeroOrOne };
        _lines.Description = linesDescription;
        Binary = new Option<bool>("--binary", "-b") { Description = binaryDescription };
        command.Arguments.Add(_input);
        foreach (Option option in new Option[] { _file, _lines, Binary, _indent })
        {
            command.Options.Add(option);
        }
    }

    public Option<bool> Binary { get; }

    public void AddTarget(Command command)
    {
        foreach (Option option in new Option[] { _api, _version, _request, _response, _frame })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The file of JSON lines; null for a single value.</summary>
    public string? Lines(ParseResult parsed)
    {
        string? lines = parsed.GetValue(_lines);
        if (lines is not null && (parsed.GetValue(_input) is not null || parsed.GetValue(_file) is not null || parsed.GetValue(Binary)))
        {
            throw new ArgumentException("--lines reads its own file; leave out the input, --file and --binary.");
        }

        return lines;
    }

    /// <summary>What the options say that the input is. Unknown APIs and versions are wrong use, before anything is read.</summary>
    public WireTarget Target(ParseResult parsed)
    {
        if (parsed.GetValue(_request) && parsed.GetValue(_response))
        {
            throw new ArgumentException("--request and --response exclude each other.");
        }

        MessageKind? kind = parsed.GetValue(_request) ? MessageKind.Request : parsed.GetValue(_response) ? MessageKind.Response : null;
        WireTarget target = new(parsed.GetValue(_api), kind, parsed.GetValue(_version), parsed.GetValue(_frame));
        if (parsed.GetValue(_lines) is null && !target.IsInFrame)
        {
            try
            {
                target.VersionOf(target.Message());
            }
            catch (WireException e)
            {
                throw new ArgumentException(e.Message + ".");
            }
        }

        return target;
    }

    /// <summary>The bytes given: hex, or as they are.</summary>
    public byte[] ReadBytes(ParseResult parsed)
    {
        byte[] raw = ReadRaw(parsed);
        return parsed.GetValue(Binary) ? raw : HexText.Parse(Encoding.UTF8.GetString(raw));
    }

    public JsonElement ReadJson(ParseResult parsed)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(ReadRaw(parsed));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new WireException($"the input is not JSON: {e.Message}");
        }
    }

    /// <summary>Prints JSON and a new line.</summary>
    public void Print(ParseResult parsed, Action<Utf8JsonWriter> write)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter json = new(text, MessageJson.WriterOptions with { Indented = parsed.GetValue(_indent) }))
        {
            write(json);
        }

        text.WriteByte((byte)'\n');
        using Stream output = Console.OpenStandardOutput();
        text.WriteTo(output);
    }

    private byte[] ReadRaw(ParseResult parsed)
    {
        string? input = parsed.GetValue(_input);
        string? file = parsed.GetValue(_file);
        if (input is not null && file is not null)
        {
            throw new ArgumentException("There is an input and a --file; give one of them.");
        }

        if (input is not null and not "-")
        {
            return Encoding.UTF8.GetBytes(input);
        }

        using Stream source = file is null or "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using MemoryStream bytes = new();
        source.CopyTo(bytes);
        return bytes.ToArray();
    }
}
