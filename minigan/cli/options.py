"""Options that several commands share."""


def add_data_options(parser):
    """The options that say which data, and how it is brought into shape."""
    parser.add_argument("--split", help="train (default), test or all")
    parser.add_argument("--data-dir", metavar="DIR", help="where to look for data files first")
    parser.add_argument(
        "--image-size", type=int, metavar="S", help="height and width to bring images to, a multiple of 4"
    )
    parser.add_argument("--channels", type=int, help="1 (grey) or 3 (colour); default: as the data has it")
    parser.add_argument("--fit", help="bring images of mixed sizes to one: pad, crop or stretch")
