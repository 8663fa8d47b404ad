// The player's own style, loaded with it.
import 'asciinema-player/dist/bundle/asciinema-player.css';
